package journal

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal/internal/tree"
)

// DisagreementError reports where the data stored beside the signed records differs from them.
type DisagreementError struct {
	// Position is the first entry concerned. If the stored data goes beyond the last entry, it is the number of entries
	// plus one.
	Position int64
	// Resource is the resource that the record of the entry names; empty if there is no record.
	Resource string
	// Reason is a clause that completes the message for a person.
	Reason string
}

// Error names the entry.
func (e *DisagreementError) Error() string {
	if e.Resource == "" {
		return fmt.Sprintf("entry %d: %s", e.Position, e.Reason)
	}
	return fmt.Sprintf("entry %d (%s): %s", e.Position, e.Resource, e.Reason)
}

// CheckBeside checks what the tables hold beside the records of a log and no checkpoint covers: the names and revisions
// by which entries are found, the hashes that proofs consist of, and the head from which numbering continues. It
// compares them with what follows from the records, and returns a *[DisagreementError] if they differ. Check the
// records themselves first, with package verify. It also returns how many entries are staged and not numbered yet.
//
// It reads the log in pages while others write, each page from one state of the database, and changes nothing. Before
// each page but the first it calls pause and returns its error, if any; nil disables the pauses.
func CheckBeside(ctx context.Context, db *database.DB, pause func(context.Context) error) (waiting int64, err error) {
	c := &comparison{hashes: storedRuns{after: -1}}
	for {
		last := false
		err := db.SnapshotApart(ctx, func(ctx context.Context, q database.Querier) error {
			c.from, c.hashes.from = q, q
			if last, err = c.page(ctx); err != nil || !last {
				return err
			}
			waiting, err = database.One[int64](ctx, q, `SELECT CAST(COALESCE(SUM(entries), 0) AS BIGINT) FROM journal_staging`)
			return err
		})
		if err != nil || last {
			return waiting, err
		}
		if pause == nil {
			continue
		}
		if err := pause(ctx); err != nil {
			return 0, err
		}
	}
}

// comparison is a check in progress. What it has read does not change, so it may continue in a later state.
type comparison struct {
	from   database.Querier // the state of the current page
	tree   tree.Tree
	hashes storedRuns
}

// found is an entry with the columns by which it is found.
type found struct {
	Position int64 `db:"position"`
	entry
}

// page compares the next entries. After the last of them it also compares where everything ends.
func (c *comparison) page(ctx context.Context) (last bool, err error) {
	const atOnce = 1000
	page, err := database.All[found](ctx, c.from,
		`SELECT position, resource, revision, record FROM journal_entries WHERE position > $1 ORDER BY position LIMIT $2`,
		c.tree.Size(), atOnce)
	if err != nil {
		return false, fmt.Errorf("load entries: %w", err)
	}
	first := c.tree.Size()
	for _, e := range page {
		if err := c.add(e); err != nil {
			return false, err
		}
	}
	if err := c.seal(ctx, page, first); err != nil || len(page) == atOnce {
		return false, err
	}
	return true, c.end(ctx)
}

// add checks the next entry and appends it to the tree.
func (c *comparison) add(e found) error {
	want := c.tree.Size() + 1
	resource, revision, err := subject(e.Record)
	switch {
	case e.Position != want:
		return &DisagreementError{Position: want, Reason: "it is missing"}
	case err != nil:
		return &DisagreementError{Position: want, Reason: "its record cannot be read"}
	case resource != e.Resource:
		return &DisagreementError{want, resource, fmt.Sprintf("it is stored under the name %q", e.Resource)}
	case revision != e.Revision:
		return &DisagreementError{want, resource, fmt.Sprintf("it is stored as revision %d and is revision %d", e.Revision, revision)}
	}
	return c.tree.Append(tlog.RecordHash(e.Record))
}

// seal compares the hashes by which the tree has grown since it had first entries.
func (c *comparison) seal(ctx context.Context, page []found, first int64) error {
	_, added, err := c.tree.Seal()
	if err != nil {
		return err
	}
	for _, want := range added {
		stored, err := c.hashes.next(ctx)
		if err != nil {
			return err
		}
		if stored == want {
			continue
		}
		level, n := tlog.SplitStoredHashIndex(want.Index)
		d := &DisagreementError{Position: n<<level + 1, Reason: "the hash stored for it is not that of its record"}
		if level > 0 {
			d.Reason = fmt.Sprintf("the hash stored for the entries %d to %d is not that of their records", n<<level+1, (n+1)<<level)
		}
		if d.Position > first {
			d.Resource = page[d.Position-first-1].Resource
		}
		return d
	}
	return nil
}

// end checks that the hashes and the head end with the last entry.
func (c *comparison) end(ctx context.Context) error {
	extra, err := c.hashes.next(ctx)
	if err != nil {
		return err
	}
	if extra != (tree.Hash{}) {
		return &DisagreementError{Position: c.tree.Size() + 1, Reason: "hashes are stored for it, and there is no such entry"}
	}
	root, _, err := c.tree.Seal()
	if err != nil {
		return err
	}
	stated, err := database.All[head](ctx, c.from, `SELECT size, root FROM journal_head`)
	if err != nil {
		return fmt.Errorf("load head: %w", err)
	}
	if len(stated) != 1 || stated[0].Size != c.tree.Size() || string(stated[0].Root) != string(root[:]) {
		return &DisagreementError{Position: c.tree.Size() + 1, Reason: "the stored head, which it would be added to, is not that of the entries before it"}
	}
	return nil
}

// storedRuns iterates over the stored hashes, in tlog's linear order.
type storedRuns struct {
	from  database.Querier
	after int64 // id of the last run loaded
	runs  []run
	used  int // number of hashes already returned from the first run
}

// next returns the next hash with its place, or the zero Hash if there is none. If the length of a run is not a
// multiple of a hash's, its last hash is cut and matches no other.
func (s *storedRuns) next(ctx context.Context) (tree.Hash, error) {
	for len(s.runs) > 0 && s.used*tlog.HashSize >= len(s.runs[0].Hashes) {
		s.runs, s.used = s.runs[1:], 0
	}
	if len(s.runs) == 0 {
		var err error
		if s.runs, err = database.All[run](ctx, s.from, `SELECT id, hashes FROM journal_hashes WHERE id > $1 ORDER BY id LIMIT 500`, s.after); err != nil {
			return tree.Hash{}, fmt.Errorf("load hashes: %w", err)
		}
		if len(s.runs) == 0 {
			return tree.Hash{}, nil
		}
		s.after = s.runs[len(s.runs)-1].ID
		return s.next(ctx)
	}
	place := s.runs[0].ID + int64(s.used)
	rest := s.runs[0].Hashes[s.used*tlog.HashSize:]
	s.used++
	h := tree.Hash{Index: place}
	copy(h.Value[:], rest)
	return h, nil
}
