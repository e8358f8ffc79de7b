package rollup

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/migrations"
)

// copied returns the tables that copy resources of other services, with their key columns and other columns.
func copied() []struct {
	table        string
	key, columns []string
} {
	return []struct {
		table        string
		key, columns []string
	}{
		{"campaigns", []string{"name", "revision"}, []string{"since", "until", "body"}},
		{"divisions", []string{"name"}, []string{"revision", "code", "display_name", "display_name_en"}},
		{"successions", []string{"name", "revision"}, []string{"since", "until", "predecessor", "successor", "digits_kept", "withdrawn"}},
	}
}

// copies contains these tables, rebuilt from the journals in a separate database.
type copies struct {
	db       *database.DB
	store    *Store
	position map[string]int64 // of the last applied entry, by log
}

func newCopies(ctx context.Context, dir string) (*copies, error) {
	path, err := filepath.Abs(filepath.Join(dir, "copies.db"))
	if err != nil {
		return nil, fmt.Errorf("make database for copies: %w", err)
	}
	db, err := database.Open(ctx, database.Config{URL: "sqlite://" + path})
	if err != nil {
		return nil, fmt.Errorf("make database for copies: %w", err)
	}
	if err := db.Migrate(ctx, migrations.Set(), migrations.VersionTable); err != nil {
		return nil, fmt.Errorf("make database for copies: %w", errors.Join(err, db.Close()))
	}
	still := func() time.Time { return time.UnixMicro(0) } // the audit does not compare times
	return &copies{db: db, store: New(db, still, nil), position: map[string]int64{}}, nil
}

func (c *copies) close() error { return c.db.Close() }

// apply applies everything in the changes except facts.
func (c *copies) apply(ctx context.Context, log string, changes []change) error {
	some := false
	for i := range changes {
		changes[i].facts = nil
		some = some || changes[i].campaign != nil || changes[i].division != nil || changes[i].succession != nil
	}
	c.position[log] = changes[len(changes)-1].position
	if !some {
		return nil
	}
	err := c.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		w := c.store.newWork(tx, 0)
		if err := applyAll(ctx, w, changes, false); err != nil {
			return err
		}
		return w.Apply(ctx, w.waiting)
	})
	if err != nil {
		return fmt.Errorf("copy from logs/%s: %w", log, err)
	}
	return nil
}

// line is a row of any table. The key columns come first.
type line struct{ cells []any }

// Targets implements [database.Scanned].
func (l *line) Targets(columns []string) []any {
	l.cells = make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range l.cells {
		targets[i] = &l.cells[i]
	}
	return targets
}

func (l *line) text(from, to int) string {
	var parts []string
	for _, c := range l.cells[from:to] {
		if b, ok := c.([]byte); ok {
			c = string(b)
		}
		parts = append(parts, fmt.Sprint(c))
	}
	return strings.Join(parts, " ")
}

// loadCopies returns the rows of the copied tables, by table.
func loadCopies(ctx context.Context, q database.Querier) (map[string][]line, error) {
	all := map[string][]line{}
	for _, t := range copied() {
		query := fmt.Sprintf("SELECT %s, %s FROM %s ORDER BY %[1]s", strings.Join(t.key, ", "), strings.Join(t.columns, ", "), t.table)
		rows, err := database.All[line](ctx, q, query)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", t.table, err)
		}
		all[t.table] = rows
	}
	return all, nil
}

// compare compares the copies with the stored tables.
func (c *copies) compare(ctx context.Context, all map[string][]line, found *Outcome) error {
	own, err := loadCopies(ctx, c.db.Reader())
	if err != nil {
		return err
	}
	for _, t := range copied() {
		stored, made := all[t.table], own[t.table]
		found.Rows[t.table] += int64(len(stored))
		differ := func(row, reason string) {
			found.Differences = append(found.Differences, resource.Difference{Table: t.table, Resource: row, Reason: reason})
		}
		n := len(t.key)
		want := make(map[string]string, len(made))
		for i := range made {
			want[made[i].text(0, n)] = made[i].text(n, n+len(t.columns))
		}
		for i := range stored {
			key := stored[i].text(0, n)
			content, known := want[key]
			switch {
			case !known:
				differ(key, "no entry gives this row")
			case content != stored[i].text(n, n+len(t.columns)):
				differ(key, "it is not what its entry says")
			}
			delete(want, key)
		}
		for key := range want {
			differ(key, "it is missing")
		}
	}
	return nil
}
