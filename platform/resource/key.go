package resource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
)

// key is a column with the digest of what a row must not share with another. A unique index on it, where it is not
// empty, decides between concurrent writers. A [Likeness] and each [Unique] of a kind have one.
type key[M proto.Message] struct {
	column string
	of     func(M) []string
}

// keySize is the number of bytes of the SHA-256 in a key.
const keySize = 16

// value returns the key of a message, "" if the message has none.
func (k key[M]) value(m M) string {
	parts := k.of(m)
	if len(parts) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:keySize])
}

// keys returns the keys of a kind.
func (k Kind[M]) keys() []key[M] {
	var all []key[M]
	for _, u := range k.Unique {
		all = append(all, u.key())
	}
	if k.Likeness != nil {
		all = append(all, k.Likeness.key())
	}
	return all
}

// together reports whether the kind has rules over several rows.
func (k Kind[M]) together() bool { return len(k.keys()) > 0 || len(k.Reserves) > 0 }

// checkIndexes refuses a table without the unique index on a key; without the index several rows could have the same
// key.
func (s *Store[M]) checkIndexes(ctx context.Context) error {
	for _, k := range s.kind.keys() {
		there, err := s.kit.DB.HasUniqueIndex(ctx, s.kind.Table, k.column)
		if err != nil {
			return err
		}
		if !there {
			return fmt.Errorf("the table has no unique index on %s WHERE %s <> ''", k.column, k.column)
		}
	}
	return nil
}

// keyValue is a value of a key column.
type keyValue struct{ table, column, value string }

// claimed is a key that a row is to have, and the row that already has it, if any.
type claimed struct {
	value  string
	holder string // the name of the other row; "" if there is none
	within bool   // the other row is of the same request
}

// claim reserves a key for a row, or returns the row that has it. The first run does not look up stored rows: the
// unique index refuses a second row, and then the request runs again with the lookup.
func (s *Store[M]) claim(t *Tx, column, name, value string) (claimed, error) {
	if value == "" {
		return claimed{}, nil
	}
	key := keyValue{s.kind.Table, column, value}
	if other, taken := t.claims[key]; taken && other != name {
		return claimed{value, other, true}, nil
	}
	if t.looks {
		other, known := t.holders[key]
		if !known {
			found, err := s.holders(t.ctx, column, []string{value})
			if err != nil {
				return claimed{}, err
			}
			other = found[value]
		}
		if other != "" && other != name && other != t.freed[key] {
			return claimed{value, other, false}, nil
		}
	}
	if t.claims == nil {
		t.claims = map[keyValue]string{}
	}
	t.claims[key] = name
	return claimed{value: value}, nil
}

// holder is a stored row with a key.
type holder struct {
	Value string `db:"value"`
	Name  string `db:"name"`
}

// holders returns the names of the stored rows with some keys, by key.
func (s *Store[M]) holders(ctx context.Context, column string, values []string) (map[string]string, error) {
	out := make(map[string]string, len(values))
	for chunk := range slices.Chunk(values, lookupChunk) {
		var args []any
		marks := make([]string, min(len(chunk)-1, 1)*(lookupChunk-1)+1) // one or the maximum, so that only two statements are prepared
		for i := range marks {
			marks[i] = mark(&args, chunk[min(i, len(chunk)-1)])
		}
		found, err := database.All[holder](ctx, s.kit.DB.Reader(), fmt.Sprintf("SELECT %[1]s AS value, name FROM %[2]s WHERE %[1]s <> '' AND %[1]s IN (%[3]s)",
			column, s.kind.Table, strings.Join(marks, ", ")), args...)
		if err != nil {
			return nil, fmt.Errorf("look for %s by %s: %w", s.kind.Table, column, err)
		}
		for _, f := range found {
			out[f.Value] = f.Name
		}
	}
	return out, nil
}

// lookAhead looks up what the rules need for all items of a batch at once, so that many rows need few statements and
// few calls.
func (s *Store[M]) lookAhead(t *Tx, items []item[M], prepare func(M) error) error {
	keys := s.kind.keys()
	if !t.looks {
		keys = nil
	}
	if len(keys) == 0 && !s.asksBounds() {
		return nil
	}
	messages := make([]M, 0, len(items))
	for _, it := range items {
		m, err := s.made(t, it.name, it.message, prepare)
		if err != nil {
			continue // rowsIn refuses it later
		}
		messages = append(messages, m)
	}
	for _, k := range keys {
		if err := s.lookAheadFor(t, k, messages); err != nil {
			return err
		}
	}
	return s.boundsAhead(t, messages)
}

func (s *Store[M]) lookAheadFor(t *Tx, k key[M], messages []M) error {
	values := make([]string, 0, len(messages))
	for _, m := range messages {
		if v := k.value(m); v != "" {
			values = append(values, v)
		}
	}
	found, err := s.holders(t.ctx, k.column, values)
	if err != nil {
		return err
	}
	if t.holders == nil {
		t.holders = make(map[keyValue]string, len(values))
	}
	for _, v := range values {
		t.holders[keyValue{s.kind.Table, k.column, v}] = found[v]
	}
	return nil
}

// another returns the name of the row that already has a key, if the caller may see it.
func (s *Store[M]) another(t *Tx, c claimed) (english, chinese string, err error) {
	if c.within {
		return "another one of this request", "本次请求中的另一条", nil
	}
	seen, err := s.seen(t, c.holder)
	if err != nil || !seen {
		return "one that is there", "已有的一条", err
	}
	return c.holder, "已有的 " + c.holder + " ", nil
}

// seen reports whether the caller may read a row that has a key. With the first row it looks up all rows that lookAhead
// has found.
func (s *Store[M]) seen(t *Tx, name string) (bool, error) {
	if known, ok := t.seen[name]; ok {
		return known, nil
	}
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	names := map[string]bool{name: true}
	for key, holder := range t.holders {
		if _, known := t.seen[holder]; key.table == s.kind.Table && holder != "" && !known {
			names[holder] = true
		}
	}
	found, err := s.places(t.ctx, slices.Collect(maps.Keys(names)))
	if err != nil {
		return false, err
	}
	for holder := range names {
		at := found[holder]
		t.seen[holder] = at != nil && (s.kind.OpenReads || at.seenBy(t.by))
	}
	return t.seen[name], nil
}
