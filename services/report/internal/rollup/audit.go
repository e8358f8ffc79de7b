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

// Audit compares everything that report has made of the journals with the journals: that the facts of each entry are those that
// are stored, that each holds until the next revision, that the copies of campaigns, divisions and successions are those of the
// newest entries, and that classes, tallies, cells, members and reaches follow from the facts.
type Audit struct {
	// DB is report's database. It is only read.
	DB *database.DB
	// Journals are those that report follows, by their names.
	Journals map[string]journalv1.JournalServiceClient
	// Scratch is an empty directory for a database of the copies, at most a few megabytes.
	Scratch string
	// Portion is how many entries or facts are read at once.
	Portion int32
	// Sources are those of which the facts are. Nil: all that report has.
	Sources []facts.Source
	// Pause is called between portions, and ends the audit with its error. Nil: none.
	Pause func(context.Context) error
}

// Outcome is what an audit found.
type Outcome struct {
	// Rows are the rows compared, by table.
	Rows map[string]int64
	// Differences are in no order that matters. Of a table of sums they are the first few.
	Differences []resource.Difference
}

// Run makes the audit. Report may go on applying entries meanwhile.
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

// auditing is an audit on its way.
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

// end compares what cannot be compared in portions, in one state. The copies are brought to that state after it was read,
// since no call may be made meanwhile.
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

// replay takes the entries of a log up to a position: their facts must be those that are stored, and the copies get the rest.
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

// read reads n entries after a position, a portion at most: none if the log ends there.
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
