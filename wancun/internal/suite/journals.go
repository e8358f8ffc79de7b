package suite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fullstorydev/grpchan/inprocgrpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
)

// Journals are the journals of a data directory, opened without their services, to be audited. A suite may be serving
// from the directory meanwhile.
type Journals struct {
	clients journal.Router
	closing []func() error
}

// OpenJournals opens the journals of a data directory that a suite has run on.
func OpenJournals(ctx context.Context, c Config) (*Journals, error) {
	if err := isDataDir(c.Dir); err != nil {
		return nil, fmt.Errorf("open journals: %w", err)
	}
	dir := filepath.Join(c.Dir, "keys")
	j := &Journals{clients: journal.Router{}}
	for _, log := range Logs {
		if err := j.open(ctx, c, dir, log); err != nil {
			return nil, errors.Join(fmt.Errorf("open logs/%s: %w", log, err), j.Close())
		}
	}
	return j, nil
}

func (j *Journals) open(ctx context.Context, c Config, dir, log string) error {
	key, err := signer(dir, log)
	if err != nil {
		return err
	}
	where, err := databaseURL(c, log)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, database.Config{URL: where})
	if err != nil {
		return err
	}
	j.closing = append(j.closing, db.Close)
	if err := journal.CheckSchema(ctx, db); err != nil {
		return err
	}
	l, err := journal.Open(ctx, journal.Config{
		Log: log, Origin: "wancun/" + log, DB: db, Signer: key, Clock: c.Clock, Logger: c.Logger,
	})
	if err != nil {
		return err
	}
	j.closing = append(j.closing, l.Close)
	channel := &inprocgrpc.Channel{}
	journalv1.RegisterJournalServiceServer(channel, l.Server())
	j.clients[log] = journalv1.NewJournalServiceClient(channel)
	return nil
}

// Client reads one of the journals.
func (j *Journals) Client(log string) journalv1.JournalServiceClient { return j.clients[log] }

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
