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

// Compared is what a comparison of tables with journals found.
type Compared struct {
	// Rows are the rows compared, by table.
	Rows map[string]int64
	// Differences are the rows that do not follow from the journals.
	Differences []resource.Difference
	// Sealed says that the rows' MACs were checked as well, for which the private key of the journal must be at hand.
	Sealed bool
}

// portion is how many entries or facts are compared at once.
const portion = 1000

// schemas are those of the services, by their names.
func schemas() map[string]service.Schema {
	return map[string]service.Schema{"org": org.Service(), "village": village.Service(), "action": action.Service(), "report": report.Service()}
}

// compare compares what the services have stored with their journals from time to time, until the suite is closed.
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

// privateKeys are those of a service's rows and of personal data. Those that the suite has made itself are nil where they
// are not there or must not be read.
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

// CompareRollups compares what report has made of the journals with the journals.
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
