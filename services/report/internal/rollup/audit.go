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
)

// Audit compares everything that report has made of the journals with the journals: that each fact is what its entry says,
// that no delivery lacks its fact, that the copies of campaigns, divisions, successions and scopes are those of the newest entries, and
// that cells, members and reaches follow from the facts.
type Audit struct {
	// DB is report's database. It is only read.
	DB *database.DB
	// Journals are those that report follows, by their names.
	Journals map[string]journalv1.JournalServiceClient
	// Scratch is an empty directory for a database of the copies, at most a few megabytes.
	Scratch string
	// Portion is how many entries or facts are read at once.
	Portion int32
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
	r := &auditing{Audit: a, found: Outcome{Rows: map[string]int64{}}}
	if err := r.run(ctx); err != nil {
		return Outcome{}, fmt.Errorf("check rollups: %w", err)
	}
	return r.found, nil
}

// auditing is an audit on its way.
type auditing struct {
	Audit

	copies *copies
	found  Outcome
}

func (a *auditing) run(ctx context.Context) (err error) {
	stored, err := storedShape(ctx, a.DB.Reader())
	if err != nil {
		return err
	}
	if stored != shape {
		return errOtherShape
	}
	if a.copies, err = newCopies(ctx, a.Scratch); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.copies.close()) }()
	if err := a.facts(ctx); err != nil {
		return err
	}
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
		return compareDerived(ctx, q, &derived)
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

// facts compares each fact with the entry at its position. Entries do not change, so it needs no state that stands still.
func (a *auditing) facts(ctx context.Context) error {
	campaigns, err := database.All[string](ctx, a.DB.Reader(), "SELECT DISTINCT campaign FROM facts ORDER BY campaign")
	if err != nil {
		return fmt.Errorf("list campaigns of facts: %w", err)
	}
	for _, campaign := range campaigns {
		for last, more := int64(-1), true; more; {
			page, err := database.All[fact](ctx, a.DB.Reader(),
				"SELECT "+factColumns+" FROM facts WHERE campaign = $1 AND position > $2 ORDER BY position, name LIMIT $3", campaign, last, a.Portion)
			if err != nil {
				return fmt.Errorf("load facts: %w", err)
			}
			if err := a.compareFacts(ctx, page); err != nil {
				return err
			}
			if more = len(page) == int(a.Portion); more {
				last = page[len(page)-1].Position
			}
			if err := a.pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareFacts compares facts that are in the order of their positions.
func (a *auditing) compareFacts(ctx context.Context, page []fact) error {
	a.found.Rows["facts"] += int64(len(page))
	for len(page) > 0 {
		after, last := max(page[0].Position-1, 0), page[len(page)-1].Position
		entries, err := a.read(ctx, Action, after, last-after)
		if err != nil {
			return err
		}
		changes, err := decode(entries)
		if err != nil {
			return err
		}
		upTo := after + max(1, int64(len(entries)))
		for len(page) > 0 && page[0].Position <= upTo {
			f := page[0]
			page = page[1:]
			i := f.Position - after - 1
			switch {
			case i < 0 || i >= int64(len(changes)) || changes[i].fact == nil || changes[i].name != f.Name:
				a.differ("facts", f.Name, "logs/%s has no entry of it at position %d", Action, f.Position)
			case *changes[i].fact != f:
				a.differ("facts", f.Name, "it is not what entry %d of logs/%s says", f.Position, Action)
			}
		}
	}
	return nil
}

// replay takes the entries of a log up to a position: deliveries must have their facts, and the copies get the rest.
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
		changes, err := decode(entries)
		if err != nil {
			return err
		}
		if err := a.present(ctx, changes); err != nil {
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

// present checks that each delivery has a fact at least as new. Whether a newer one is right, its own entry tells.
func (a *auditing) present(ctx context.Context, changes []change) error {
	deliveries := latest(changes, func(c change) bool { return c.fact != nil })
	stored, err := storedFacts(ctx, a.DB.Reader(), deliveries)
	if err != nil {
		return err
	}
	for _, c := range deliveries {
		switch f, ok := stored[c.name]; {
		case !ok:
			a.differ("facts", c.name, "it is missing, and entry %d of logs/%s has revision %d", c.position, Action, c.revision)
		case f.Position < c.position:
			a.differ("facts", c.name, "it is of entry %d, and entry %d of logs/%s is newer", f.Position, c.position, Action)
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
