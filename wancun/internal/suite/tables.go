package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/integrity"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/action"
	"github.com/wancun/wancun/services/org"
	"github.com/wancun/wancun/services/report"
	"github.com/wancun/wancun/services/village"
)

// Compared is the result of comparing tables with journals.
type Compared struct {
	// Rows counts the compared rows of each table.
	Rows map[string]int64
	// Differences are the rows that do not follow from the journals.
	Differences []resource.Difference
	// Sealed means that the rows' MACs were checked as well, which needs the journal's private key.
	Sealed bool
}

// portion is how many entries or facts are compared at a time.
const portion = 1000

// schemas returns the schemas of the services by their names.
func schemas() map[string]service.Schema {
	return map[string]service.Schema{"org": org.Service(), "village": village.Service(), "action": action.Service(), "report": report.Service()}
}

// compare starts the regular comparison of the services' tables with their journals. It ends when the suite is closed.
func (s *Suite) compare(ctx context.Context, c Config, k keys) error {
	if c.CheckInterval == 0 {
		return nil
	}
	for _, log := range services.All() {
		tables, err := schemas()[log].Tables()
		if err != nil {
			return err
		}
		of := k.journals[log]
		job := integrity.Job{
			Log: log, Verifier: of.Verifier, Interval: c.CheckInterval, Clock: c.Clock, Logger: c.Logger, More: s.databases.kit(log),
			Tables: resource.CheckConfig{DB: s.databases.of(log), Tables: tables, RowKey: of.Row, PersonalKey: k.personal},
		}
		s.inBackground(ctx, job.Run)
	}
	return nil
}

// CompareTables compares the rows of a service's resources with its journal.
func (j *Journals) CompareTables(ctx context.Context, log string) (Compared, error) {
	schema := schemas()[log]
	if err := schema.CheckSchema(ctx, j.stores[log]); err != nil {
		return Compared{}, err
	}
	c := resource.CheckConfig{DB: j.stores[log]}
	var err error
	if c.Tables, err = schema.Tables(); err != nil {
		return Compared{}, err
	}
	if c.RowKey, c.PersonalKey, err = j.privateKeys(ctx, log); err != nil {
		return Compared{}, err
	}
	check, err := resource.NewCheck(c)
	if err != nil {
		return Compared{}, err
	}
	out := Compared{Sealed: c.RowKey != nil}
	out.Rows, out.Differences, err = check.Run(ctx, nil)
	return out, err
}

// privateKeys returns the key of a service's rows and that of personal data. A key in the suite's own directory is nil
// if it is missing or not readable.
func (j *Journals) privateKeys(ctx context.Context, log string) (rows, personal []byte, err error) {
	of, err := j.secrets.journal(ctx, log)
	if err != nil && (j.demanded || !absent(err)) {
		return nil, nil, err
	}
	personal, err = j.secrets.key(ctx, "personal")
	if err != nil && (j.demanded || !absent(err)) {
		return nil, nil, err
	}
	return of.Row, personal, nil
}

func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// CompareRollups compares report's figures with the journals.
func (j *Journals) CompareRollups(ctx context.Context) (c Compared, err error) {
	if err := report.Service().CheckSchema(ctx, j.stores["report"]); err != nil {
		return Compared{}, err
	}
	scratch, err := os.MkdirTemp("", "wancun-verify-*")
	if err != nil {
		return Compared{}, fmt.Errorf("make temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	clients := map[string]journalv1.JournalServiceClient{}
	for _, log := range services.Followed() {
		clients[log] = j.clients[log]
	}
	found, err := report.Audit{DB: j.stores["report"], Journals: clients, Scratch: scratch, Portion: portion}.Run(ctx)
	return Compared{Rows: found.Rows, Differences: found.Differences}, err
}
