package integrity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/verify"
	"github.com/wancun/wancun/platform/resource"
)

const (
	// firstAfter is the longest time until the first check, so that a service that restarts every day is checked too.
	firstAfter = time.Minute
	// share is the part of the time in which a check works. It pauses for the rest.
	share = 0.05
	// named is the number of differences that are logged one by one. Further differences are only counted.
	named = 20
)

// Comparer is a service that stores more than resources and compares that with the journals itself. Compare calls pause
// between portions, and returns the error of pause if there is one.
type Comparer interface {
	Compare(ctx context.Context, pause func(context.Context) error) (rows map[string]int64, differences []resource.Difference, err error)
}

// Job configures what is compared, and how often.
type Job struct {
	// Log is the name of the service's journal.
	Log string
	// Verifier has the public key of the journal.
	Verifier note.Verifier
	// Tables are the tables of the service's resources, and the database that holds them and the journal.
	Tables resource.CheckConfig
	// More compares what else the service stores. Nil means that the service stores nothing else.
	More Comparer
	// Interval is the time from the end of one check to the beginning of the next.
	Interval time.Duration
	// Clock measures the duration of a portion, and dates complete checks.
	Clock func() time.Time
	// Logger logs each difference with level ERROR.
	Logger *slog.Logger
	// Observe is called after each complete check with the rows compared and how many differ. Nil disables the callback.
	Observe func(ctx context.Context, rows, differences int64, at time.Time)
}

// Run checks until ctx ends.
func (j Job) Run(ctx context.Context) {
	for wait := min(j.Interval, firstAfter); ; wait = j.Interval {
		if sleep(ctx, wait) != nil {
			return
		}
		rows, differences, err := j.check(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			j.Logger.WarnContext(ctx, "what is stored was not compared with the journal", "log", j.Log, "error", err)
		default:
			j.report(ctx, rows, differences)
		}
	}
}

// check runs one check. An error means that the check is incomplete.
func (j Job) check(ctx context.Context) (rows int64, differences []resource.Difference, err error) {
	pace := &pace{clock: j.Clock, resumed: j.Clock()}
	add := func(compared map[string]int64, more []resource.Difference, failed error) {
		for _, n := range compared {
			rows += n
		}
		differences, err = append(differences, more...), errors.Join(err, failed)
	}
	add(j.entries(ctx, pace.pause))
	tables, failed := resource.NewCheck(j.Tables)
	if failed != nil {
		return 0, nil, failed
	}
	add(tables.Run(ctx, pace.pause))
	if j.More != nil {
		add(j.More.Compare(ctx, pace.pause))
	}
	return rows, differences, err
}

// entries checks the journal itself. It can only name the first entry that does not match.
func (j Job) entries(ctx context.Context, pause func(context.Context) error) (map[string]int64, []resource.Difference, error) {
	client := paced{journal.StoredClient(j.Log, j.Tables.DB), pause}
	_, err := verify.Log(ctx, verify.Config{Client: client, Log: j.Log, Key: j.Verifier})
	if err == nil {
		_, err = journal.CheckBeside(ctx, j.Tables.DB, pause)
	}
	if m, ok := errors.AsType[*verify.Mismatch](err); ok {
		return nil, []resource.Difference{different(m.Position, m.Reason)}, nil
	}
	if d, ok := errors.AsType[*journal.DisagreementError](err); ok {
		return nil, []resource.Difference{different(d.Position, d.Reason)}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("check journal: %w", err)
	}
	return nil, nil, nil
}

func different(position int64, reason string) resource.Difference {
	return resource.Difference{Table: "journal_entries", Resource: fmt.Sprintf("entry %d", position), Reason: reason}
}

// report logs what a complete check found.
func (j Job) report(ctx context.Context, rows int64, differences []resource.Difference) {
	for _, d := range differences[:min(named, len(differences))] {
		j.Logger.ErrorContext(ctx, "what is stored differs from the journal", "log", j.Log, "table", d.Table, "resource", d.Resource, "reason", d.Reason)
	}
	if more := len(differences) - named; more > 0 {
		j.Logger.ErrorContext(ctx, "more of what is stored differs from the journal", "log", j.Log, "differences", more)
	}
	j.Logger.InfoContext(ctx, "what is stored was compared with the journal", "log", j.Log, "rows", rows, "differences", len(differences))
	if j.Observe != nil {
		j.Observe(ctx, rows, int64(len(differences)), j.Clock())
	}
}
