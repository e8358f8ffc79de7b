package rollup

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

const (
	// nearlyThere is the number of entries that may be left for the transaction in which a build becomes live.
	nearlyThere = 500
	// maxRounds bounds how often a build is brought to the newest entries before it becomes live.
	maxRounds = 20
	// namesAtOnce is the number of resources whose changes are added in one transaction.
	namesAtOnce = 1000
)

// catchUp adds what the logs have changed since the build was begun, until few entries are left.
func (b *build) catchUp(ctx context.Context) error {
	for range maxRounds {
		cursors, err := database.All[cursor](ctx, b.db.Reader(), cursorColumns)
		if err != nil {
			return fmt.Errorf("read cursors: %w", err)
		}
		behind := int64(0)
		for _, c := range cursors {
			behind += c.Position - b.at[c.Log]
		}
		if behind <= nearlyThere {
			return nil
		}
		for _, c := range cursors {
			if err := b.advance(ctx, nil, c, b.apart); err != nil {
				return err
			}
		}
	}
	return nil
}

// apart adds changes in a transaction of their own.
func (b *build) apart(ctx context.Context, add func(ctx context.Context, w *work) error) error {
	return b.inTx(ctx, func(ctx context.Context, tx database.Tx) error {
		w := b.newWork(tx, b.id)
		if err := add(ctx, w); err != nil {
			return err
		}
		return w.Apply(ctx, w.waiting)
	})
}

// advance adds what a log has changed between the position that the build contains and a newer one. in runs the parts in
// transactions of their own; nil adds all of them to the transaction of w.
func (b *build) advance(ctx context.Context, w *work, to cursor, in func(context.Context, func(context.Context, *work) error) error) error {
	if to.Position == b.at[to.Log] {
		return nil
	}
	if in == nil {
		in = func(ctx context.Context, add func(context.Context, *work) error) error { return add(ctx, w) }
	}
	names, err := b.changed(ctx, w, to)
	if err != nil {
		return err
	}
	before, after := &Moment{positions: maps.Clone(b.at)}, &Moment{positions: map[string]int64{to.Log: to.Position}}
	for part := range slices.Chunk(names, namesAtOnce) {
		err := in(ctx, func(ctx context.Context, w *work) error {
			d := newDelta()
			for m, sign := range map[*Moment]int64{before: -1, after: 1} {
				if err := w.addValid(ctx, d, part, m.valid(to.Log, ""), sign); err != nil {
					return err
				}
			}
			return d.write(ctx, w)
		})
		if err != nil {
			return fmt.Errorf("add changes of logs/%s: %w", to.Log, err)
		}
	}
	b.at[to.Log] = to.Position
	return nil
}

// changed returns the names of the resources of a log with a revision after the position that the build contains, up to a
// newer position. Each revision has a fact.
func (b *build) changed(ctx context.Context, w *work, to cursor) ([]string, error) {
	q := b.db.Reader()
	if w != nil {
		q = w
	}
	var names []string
	for _, source := range b.kinds.of(to.Log) {
		of, err := database.All[string](ctx, q, `SELECT DISTINCT name FROM facts
			WHERE class IN (SELECT id FROM classes WHERE source = $1) AND since > $2 AND since <= $3`, source, b.at[to.Log], to.Position)
		if err != nil {
			return nil, fmt.Errorf("find changes of logs/%s: %w", to.Log, err)
		}
		names = append(names, of...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil // a resource may have facts of several sources
}

// addValid adds the facts of some resources that meet a condition, sign times.
func (w *work) addValid(ctx context.Context, d delta, names []string, condition string, sign int64) error {
	rows, err := lookUp[fact](ctx, w, "SELECT "+factColumns+" FROM facts WHERE name IN (%s) AND "+condition, names)
	if err != nil {
		return fmt.Errorf("load facts: %w", err)
	}
	byName := map[string][]fact{}
	for _, f := range rows {
		byName[f.Name] = append(byName[f.Name], f)
	}
	if err := w.complete(ctx, byName); err != nil {
		return err
	}
	for _, of := range byName {
		for _, f := range of {
			d.add(w, f, sign)
		}
	}
	return nil
}

// finest returns the first slice, from which all others are derived.
func finest() facts.Slice { return facts.Slices()[0] }
