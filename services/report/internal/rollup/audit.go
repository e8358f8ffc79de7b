package rollup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/source"
)

// Audit compares everything that report derived from the journals with the journals. It checks that the stored facts
// are those of the entries, that each fact holds until the next revision, that the copies of campaigns, divisions and
// successions match the newest entries, and that classes, tallies, cells, members and reaches follow from the facts.
type Audit struct {
	// DB is report's database. The audit only reads it.
	DB *database.DB
	// Journals are clients of the journals that report follows, by name.
	Journals map[string]journalv1.JournalServiceClient
	// Scratch is an empty directory for a temporary database of at most a few megabytes.
	Scratch string
	// Portion is the maximum number of entries or facts that are read at once.
	Portion int32
	// Sources are the sources of the facts. nil means all sources of report.
	Sources []facts.Source
	// Pause is called between portions. If it returns an error, the audit ends with that error. nil disables pauses.
	Pause func(context.Context) error
}

// Outcome is the result of an audit.
type Outcome struct {
	// Rows are the numbers of compared rows by table.
	Rows map[string]int64
	// Differences are in no particular order. For each table of sums, only the first few are listed.
	Differences []resource.Difference
}

// Run performs the audit. Report may apply entries at the same time.
func (a Audit) Run(ctx context.Context) (Outcome, error) {
	if a.Sources == nil {
		a.Sources = source.All()
	}
	r := &auditing{Audit: a, kinds: kindsOf(a.Sources), found: Outcome{Rows: map[string]int64{}}}
	if err := r.run(ctx); err != nil {
		return Outcome{}, fmt.Errorf("check rollups: %w", err)
	}
	return r.found, nil
}

// auditing is the state of a running audit.
type auditing struct {
	Audit

	kinds  kinds
	copies *copies
	found  Outcome
}

func (a *auditing) run(ctx context.Context) (err error) {
	stored, err := storedShape(ctx, a.DB.Reader())
	if err != nil {
		return err
	}
	if stored != shape() {
		return errOtherShape
	}
	if a.copies, err = newCopies(ctx, a.Scratch); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.copies.close()) }()
	for _, log := range []string{Org, Village, Action} {
		cursor, err := a.cursor(ctx, a.DB.Reader(), log)
		if err != nil {
			return err
		}
		if err := a.replay(ctx, log, cursor); err != nil {
			return err
		}
	}
	return a.end(ctx)
}

// end compares, in one snapshot, what cannot be compared in portions. It brings the copies to the state of the snapshot
// afterwards, since no call to another service may be made within it.
func (a *auditing) end(ctx context.Context) error {
	cursors := map[string]int64{}
	var copies map[string][]line
	var derived Outcome
	err := a.DB.SnapshotApart(ctx, func(ctx context.Context, q database.Querier) error {
		if err := a.DB.Unhurried(ctx, q); err != nil {
			return err
		}
		for _, log := range []string{Org, Village, Action} {
			var err error
			if cursors[log], err = a.cursor(ctx, q, log); err != nil {
				return err
			}
		}
		var err error
		if copies, err = loadCopies(ctx, q); err != nil {
			return err
		}
		derived = Outcome{Rows: map[string]int64{}}
		if err := compareDerived(ctx, q, &derived); err != nil {
			return err
		}
		return compareFactsWhole(ctx, q, a.kinds, cursors, &derived)
	})
	if err != nil {
		return err
	}
	maps.Copy(a.found.Rows, derived.Rows)
	a.found.Differences = append(a.found.Differences, derived.Differences...)
	for _, log := range []string{Org, Village, Action} {
		if err := a.replay(ctx, log, cursors[log]); err != nil {
			return err
		}
	}
	return a.copies.compare(ctx, copies, &a.found)
}

func (a *auditing) cursor(ctx context.Context, q database.Querier, log string) (int64, error) {
	p, err := database.One[int64](ctx, q, "SELECT position FROM cursors WHERE log = $1", log)
	if err != nil {
		return 0, fmt.Errorf("read cursor of %s: %w", log, err)
	}
	return p, nil
}

func (a *auditing) differ(table, row, format string, args ...any) {
	a.found.Differences = append(a.found.Differences, resource.Difference{Table: table, Resource: row, Reason: fmt.Sprintf(format, args...)})
}

func (a *auditing) pause(ctx context.Context) error {
	if a.Pause == nil {
		return ctx.Err()
	}
	return a.Pause(ctx)
}

// replay reads the entries of a log up to a position. It compares their facts with the stored ones and applies
// everything else to the copies.
func (a *auditing) replay(ctx context.Context, log string, upTo int64) error {
	for at := a.copies.position[log]; at < upTo; at = a.copies.position[log] {
		entries, err := a.read(ctx, log, at, upTo-at)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			a.differ("cursors", "logs/"+log, "its position is %d, and the log ends at %d", upTo, at)
			a.copies.position[log] = upTo
			return nil
		}
		changes, err := a.kinds.decode(entries)
		if err != nil {
			return err
		}
		if err := a.compareFacts(ctx, log, changes, at); err != nil {
			return err
		}
		if err := a.copies.apply(ctx, log, changes); err != nil {
			return err
		}
		if err := a.pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// read reads at most n entries, and at most one portion, after a position. It returns none if the log ends there.
func (a *auditing) read(ctx context.Context, log string, after, n int64) ([]*journalv1.Entry, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := int32(max(1, min(n, int64(a.Portion)))) //nolint:gosec // at most Portion
	stream, err := a.Journals[log].Read(ctx, &journalv1.ReadRequest{Log: "logs/" + log, After: after, Limit: limit})
	var entries []*journalv1.Entry
	for err == nil {
		var r *journalv1.ReadResponse
		if r, err = stream.Recv(); err == nil {
			entries = append(entries, r.GetEntries()...)
		}
	}
	if f, ok := fault.From(err); ok && f.Reason() == "BEYOND_LOG" {
		return nil, nil
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read logs/%s after %d: %w", log, after, err)
	}
	if i := slices.IndexFunc(entries, func(e *journalv1.Entry) bool { return e.GetPosition() <= after }); i >= 0 {
		return nil, fmt.Errorf("read logs/%s after %d: it answers with entry %d", log, after, entries[i].GetPosition())
	}
	return entries, nil
}
