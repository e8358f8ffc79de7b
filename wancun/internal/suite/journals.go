package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/kept"
)

// Journals gives read-only access to the journals of a data directory, and to the tables beside them, for an audit. It
// starts no services and needs no private key. A suite may be serving from the directory at the same time. If none is,
// the directory may be read-only; if a suite then starts there during the audit, Close returns an error and the results
// are not valid.
type Journals struct {
	secrets  secrets
	demanded bool   // the operator has named the place of the secrets, so they must exist
	kept     string // directory of the checkpoints outside the data; "" if there are none
	clients  journal.Router
	stores   map[string]*database.DB
	closing  []func() error
}

// OpenJournals opens the journals of a suite's data directory, or of its database if c names one.
func OpenJournals(ctx context.Context, c Config) (*Journals, error) {
	from, err := secretsOf(c)
	if err != nil {
		return nil, err
	}
	j := &Journals{secrets: from, demanded: c.Secrets != "", clients: journal.Router{}, stores: map[string]*database.DB{}}
	if err := j.findKept(c); err != nil {
		return nil, err
	}
	for _, log := range services.All() {
		if err := j.open(ctx, c, log); err != nil {
			return nil, errors.Join(fmt.Errorf("open logs/%s: %w", log, err), j.Close())
		}
	}
	return j, nil
}

func (j *Journals) open(ctx context.Context, c Config, log string) error {
	if err := isThere(c, log); err != nil {
		return err
	}
	where, err := databaseURL(c, log)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, database.Config{URL: where, ReadOnly: true})
	if err != nil {
		return err
	}
	j.closing = append(j.closing, db.Close)
	if err := journal.CheckSchema(ctx, db); err != nil {
		return err
	}
	j.stores[log] = db
	j.clients[log] = journal.StoredClient(log, db)
	return nil
}

// findKept looks for the checkpoints that were kept apart from the data. A directory that the operator has named must
// exist.
func (j *Journals) findKept(c Config) error {
	dir, err := keptDir(c)
	if errors.Is(err, fs.ErrNotExist) { // no public keys: a step that needs them reports the error
		return nil
	}
	if err != nil || dir == "" {
		return err
	}
	_, err = os.Stat(dir)
	switch {
	case err == nil:
		j.kept = dir
	case c.Checkpoints != "" || !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("find kept checkpoints: %w", err)
	}
	return nil
}

// KeptDir returns the directory of the checkpoints that were kept apart from the data, "" if there are none.
func (j *Journals) KeptDir() string { return j.kept }

// Kept returns the checkpoint of a journal that was kept apart from the data, "" if there is none.
func (j *Journals) Kept(log string) (string, error) {
	if j.kept == "" {
		return "", nil
	}
	return kept.In(j.kept, log).Read()
}

// isThere returns an error if the database file of a journal is missing, or if no suite has run on the directory.
func isThere(c Config, log string) error {
	if c.Postgres != "" {
		return nil
	}
	file := databaseFile(c, log)
	_, err := os.Stat(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := isDataDir(c.Dir); err != nil {
		return err
	}
	return fmt.Errorf("%s is missing; if the journals are in PostgreSQL, --postgres names the database", file)
}

// Client returns the client of a journal.
func (j *Journals) Client(log string) journalv1.JournalServiceClient { return j.clients[log] }

// CheckStorage reads a journal's whole database and returns an error if its structure is damaged. It does not check
// PostgreSQL.
func (j *Journals) CheckStorage(ctx context.Context, log string) error {
	return j.stores[log].IntegrityCheck(ctx)
}

// CheckBeside checks the data that is stored beside a journal's entries, see [journal.CheckBeside].
func (j *Journals) CheckBeside(ctx context.Context, log string) (waiting int64, err error) {
	return journal.CheckBeside(ctx, j.stores[log], nil)
}

// Close closes the journals.
func (j *Journals) Close() error {
	var failed error
	for len(j.closing) > 0 {
		last := j.closing[len(j.closing)-1]
		j.closing = j.closing[:len(j.closing)-1]
		failed = errors.Join(failed, last())
	}
	return failed
}
