package journal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal/internal/tree"
)

// Limits of what one numbering transaction moves. They are so large that its fixed costs (a signature, two row updates,
// a commit) are negligible, and so small that SQLite's one writer is not blocked for long.
const (
	maxRows = 500  // of the staging table
	enough  = 4000 // entries: the row that reaches this number is the last; a row has some hundreds at most
)

var (
	intoEntries = database.Into("journal_entries", "position", "resource", "revision", "record")
	intoHashes  = database.Into("journal_hashes", "id", "hashes")
)

// head is the log as last signed.
type head struct {
	Size int64  `db:"size"`
	Root []byte `db:"root"`
}

// batch is the result of one numbering transaction.
type batch struct {
	count int
	last  int64  // sequence number of the last row moved
	first []byte // record of its first entry
	size  int64  // of the log afterwards
}

// signed is the tree as this process last signed it. With it, the next batch need not read the edge, unless another
// process has numbered meanwhile.
type signed struct {
	tree *tree.Tree
	root tlog.Hash
}

// number moves the lowest staged entries into the log, in one transaction. It locks the head row first: entries that
// are not visible in staging by then receive later positions. Only the loop calls it.
func (l *Log) number(ctx context.Context) (batch, error) {
	var b batch
	var next signed
	err := l.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		last := l.last
		l.last = signed{} // the tree grows now and is valid again only after the commit
		b, next = batch{}, signed{}
		h, err := database.One[head](ctx, tx, `SELECT size, root FROM journal_head`+l.db.ForUpdate())
		if err != nil {
			return fmt.Errorf("lock head: %w", err)
		}
		staged, err := take(ctx, tx)
		if err != nil || len(staged.entries) == 0 {
			return err
		}
		t, err := l.edge(ctx, tx, h, last)
		if err != nil {
			return err
		}
		grown, err := l.grow(t, staged.entries)
		if err != nil {
			return err
		}
		root, sealed, err := l.seal(t)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, slices.Concat(grown, sealed, l.db.Notification(l.channel, strconv.FormatInt(t.Size(), 10)))); err != nil {
			return fmt.Errorf("append entries %d to %d: %w", h.Size+1, t.Size(), err)
		}
		b = batch{count: len(staged.entries), last: staged.last, first: staged.entries[0].Record, size: t.Size()}
		next = signed{tree: t, root: root}
		return nil
	})
	if err == nil {
		l.last = next
	}
	return b, err
}

// edge returns the tree that h describes: the last one, or one read from the stored hashes.
func (l *Log) edge(ctx context.Context, tx database.Tx, h head, last signed) (*tree.Tree, error) {
	root, err := hash(h.Root)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	if last.tree != nil && last.tree.Size() == h.Size && last.root == root {
		return last.tree, nil
	}
	return tree.Load(h.Size, root, storedHashes{ctx: ctx, from: tx})
}

// grow appends entries to the tree and returns the statements that store them.
func (l *Log) grow(t *tree.Tree, entries []entry) ([]database.Statement, error) {
	before := t.Size()
	for _, e := range entries {
		if err := t.Append(tlog.RecordHash(e.Record)); err != nil {
			return nil, err
		}
	}
	return l.db.Load(intoEntries, len(entries),
		func(yield func([]any, error) bool) {
			for i, e := range entries {
				if !yield([]any{before + int64(i) + 1, e.Resource, e.Revision, e.Record}, nil) {
					return
				}
			}
		})
}

// seal returns the root of t and the statements that store its new hashes, a signed checkpoint over it, and the new
// head.
func (l *Log) seal(t *tree.Tree) (tlog.Hash, []database.Statement, error) {
	root, added, err := t.Seal()
	if err != nil {
		return tlog.Hash{}, nil, err
	}
	checkpoint, err := l.sign(t.Size(), root, "")
	if err != nil {
		return tlog.Hash{}, nil, err
	}
	return root, append(l.db.Insert(intoHashes, runs(added)), checkpoint, database.Statement{
		SQL: `UPDATE journal_head SET size = $1, root = $2`, Args: []any{t.Size(), root[:]}, Rows: 1,
	}), nil
}

// sign returns the statement that stores a signed checkpoint; onConflict is appended to the INSERT.
func (l *Log) sign(size int64, root tlog.Hash, onConflict string) (database.Statement, error) {
	signed, err := note.Sign(&note.Note{Text: tree.Text(l.origin, size, root)}, l.signer)
	if err != nil {
		return database.Statement{}, fmt.Errorf("sign checkpoint of %d: %w", size, err)
	}
	return database.Statement{
		SQL:  `INSERT INTO journal_checkpoints (size, root, time_us, note) VALUES ($1, $2, $3, $4)` + onConflict,
		Args: []any{size, root[:], l.now().UnixMicro(), string(signed)}, Rows: database.AnyRows,
	}, nil
}

// found creates the head and the checkpoint of the empty log if they do not exist. It checks that the newest checkpoint
// was signed with the key that will sign the next.
func (l *Log) found(ctx context.Context) error {
	empty := tlog.Hash(sha256.Sum256(nil)) // RFC 6962, section 2.1
	return l.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		checkpoint, err := l.sign(0, empty, ` ON CONFLICT (size) DO NOTHING`)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, []database.Statement{{
			SQL:  `INSERT INTO journal_head (one, size, root) VALUES (TRUE, 0, $1) ON CONFLICT (one) DO NOTHING`,
			Args: []any{empty[:]}, Rows: database.AnyRows,
		}, checkpoint}); err != nil {
			return fmt.Errorf("found: %w", err)
		}
		newest, err := newestCheckpoint(ctx, tx)
		if err != nil {
			return err
		}
		return l.checkKey(newest.Note)
	})
}

// checkKey returns an error if the signer did not sign the note.
func (l *Log) checkKey(signed string) error {
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open([]byte(signed), note.VerifierList()); !errors.As(err, &unverified) {
		return fmt.Errorf("the newest checkpoint was changed: %w", err)
	}
	for _, s := range unverified.Note.UnverifiedSigs {
		if s.Name == l.signer.Name() && s.Hash == l.signer.KeyHash() {
			return nil
		}
	}
	return fmt.Errorf("the log was not signed with the key %s+%08x so far: give it its own key",
		l.signer.Name(), l.signer.KeyHash())
}
