package resource

import (
	"context"
	"fmt"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
)

// CutError says that the tables hold rows that the service wrote and whose entries are not in the journal any more.
type CutError struct {
	// Size is how many entries the log has.
	Size int64
	// Rows is how many rows go beyond it.
	Rows int64
	// Resource is the one of them that was written last, at that time and as that revision.
	Resource string
	Revision int64
	Written  time.Time
}

// Error names the last row and counts the others.
func (e *CutError) Error() string {
	return fmt.Sprintf("the journal was cut: it ends at entry %d, and %d rows are newer, the last of them %s at revision %d of %s; restore the database from the backup",
		e.Size, e.Rows, e.Resource, e.Revision, e.Written.UTC().Format(time.RFC3339))
}

// CheckLog compares the revisions in the tables with the journal, and fails with a *[CutError] if there are rows whose entry
// is neither numbered nor staged: entries were removed from the log together with everything that vouched for them. Rows
// that the service did not write are left to those who read them, if the row key is given. It looks up every row, about a
// million in two seconds. That a log was cut and its tables as well cannot be seen here; who kept a checkpoint sees it.
func CheckLog(ctx context.Context, c CheckConfig) error {
	k, err := NewCheck(c)
	if err != nil {
		return err
	}
	var cut *CutError
	err = c.DB.SnapshotApart(ctx, func(ctx context.Context, q database.Querier) error {
		cut = nil
		if err := c.DB.Unhurried(ctx, q); err != nil {
			return err
		}
		staged, err := journal.Staged(ctx, q)
		if err != nil {
			return err
		}
		found := &CutError{}
		for _, t := range k.tables {
			if err := k.count(ctx, q, t, staged, found); err != nil {
				return err
			}
		}
		if found.Rows == 0 {
			return nil
		}
		if found.Size, _, _, err = journal.Newest(ctx, q); err != nil {
			return err
		}
		cut = found
		return nil
	})
	if err != nil {
		return fmt.Errorf("compare tables with the journal: %w", err)
	}
	if cut != nil {
		return cut
	}
	return nil
}

// count adds the rows of a table that go beyond the log to what was found.
func (k *Check) count(ctx context.Context, q database.Querier, t tableOf, staged map[string]int64, found *CutError) error {
	const atOnce = 1000
	for last, more := "", true; more; {
		rows, err := t.beyond(ctx, q, last, atOnce)
		if err != nil {
			return err
		}
		for i := range rows {
			r := &rows[i]
			last = r.Name
			if staged[r.Name] == r.Revision || k.keys.rows != nil && !k.keys.rows.fits(t.tableName(), r) {
				continue
			}
			found.Rows++
			if at := time.UnixMicro(r.UpdateUs); at.After(found.Written) {
				found.Resource, found.Revision, found.Written = r.Name, r.Revision, at
			}
		}
		more = len(rows) == atOnce
	}
	return nil
}
