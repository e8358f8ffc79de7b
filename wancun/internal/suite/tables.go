package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
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

// portion is how many names, entries or facts are compared at once.
const portion = 1000

// declared are the tables of a service, and whether a database has the schema that they stand for.
func declared(log string) (tables func() ([]resource.Table, error), checkSchema func(context.Context, *database.DB) error) {
	switch log {
	case "org":
		return org.Tables, org.CheckSchema
	case "village":
		return village.Tables, village.CheckSchema
	case "action":
		return action.Tables, action.CheckSchema
	default:
		return report.Tables, report.CheckSchema
	}
}

// CompareTables compares the rows of a service's resources with its journal.
func (j *Journals) CompareTables(ctx context.Context, log string) (Compared, error) {
	tables, checkSchema := declared(log)
	if err := checkSchema(ctx, j.stores[log]); err != nil {
		return Compared{}, err
	}
	c := resource.CheckConfig{DB: j.stores[log]}
	var err error
	if c.Tables, err = tables(); err != nil {
		return Compared{}, err
	}
	if c.RowKey, c.PersonalKey, err = privateKeys(filepath.Join(j.dir, "keys"), log); err != nil {
		return Compared{}, err
	}
	check, err := resource.NewCheck(c)
	if err != nil {
		return Compared{}, err
	}
	out := Compared{Rows: map[string]int64{}, Sealed: c.RowKey != nil}
	for {
		p, err := check.Next(ctx, portion)
		if err != nil {
			return Compared{}, err
		}
		for table, n := range p.Rows {
			out.Rows[table] += n
		}
		out.Differences = append(out.Differences, p.Differences...)
		if p.Last {
			return out, nil
		}
	}
}

// privateKeys are those of a service's rows and of personal data, nil where they are not there or must not be read.
func privateKeys(dir, log string) (rows, personal []byte, err error) {
	_, rows, err = signer(dir, log)
	if err != nil && !absent(err) {
		return nil, nil, err
	}
	personal, err = readSecret(filepath.Join(dir, "personal.key"))
	if err != nil && !absent(err) {
		return nil, nil, err
	}
	return rows, personal, nil
}

func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// CompareRollups compares what report has made of the journals with the journals.
func (j *Journals) CompareRollups(ctx context.Context) (c Compared, err error) {
	if err := report.CheckSchema(ctx, j.stores["report"]); err != nil {
		return Compared{}, err
	}
	scratch, err := os.MkdirTemp("", "wancun-verify-*")
	if err != nil {
		return Compared{}, fmt.Errorf("make temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	clients := map[string]journalv1.JournalServiceClient{}
	for _, log := range []string{"org", "village", "action"} {
		clients[log] = j.clients[log]
	}
	found, err := report.Audit{DB: j.stores["report"], Journals: clients, Scratch: scratch, Portion: portion}.Run(ctx)
	return Compared{Rows: found.Rows, Differences: found.Differences}, err
}
