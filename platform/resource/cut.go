package resource

import (
	"context"
	"fmt"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
)

// CutError reports rows that the service wrote and whose entries are no longer in the journal.
type CutError struct {
	// Size is the number of entries in the log.
	Size int64
	// Rows is the number of rows without an entry.
	Rows int64
	// Resource is the last written of these rows. Revision and Written are its revision and its time.
	Resource string
	Revision int64
	Written  time.Time
}

// Error returns a text with the last of the rows and the number of all.
func (e *CutError) Error() string {
	return fmt.Sprintf("the journal was cut: it ends at entry %d, and %d rows are newer, the last of them %s at revision %d of %s; restore the database from the backup",
		e.Size, e.Rows, e.Resource, e.Revision, e.Written.UTC().Format(time.RFC3339))
}

// CheckLog compares the revisions in the tables with the journal. It returns a *[CutError] if the entry of a row is
// neither numbered nor staged, which means that entries were removed from the log together with everything that proved
// them. With a row key, it ignores rows that the service did not write; reads refuse those.
//
// It looks up every row, about a million in two seconds. It does not detect that the log and the tables were cut
// together; a comparison with a checkpoint that was stored elsewhere does.
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

// count adds the rows of a table without an entry to found.
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
