package resource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Likeness says which rows of a kind are likely one and the same under two names. A write that would make a second such row
// is asked LIKELY_DUPLICATE, also if the other is in the same batch or is written at the same moment.
//
// The kind's table has a column `likeness TEXT NOT NULL`, with a unique index on it where it is not empty. The first of some
// rows that are alike has the digest of what they have in common, and each that was acknowledged has its own name behind
// that. When the first is changed or no longer counts, another takes its place in the same transaction.
type Likeness[M proto.Message] struct {
	// Of returns what such rows have in common, empty for a row that does not count, such as a void one. It must depend on
	// nothing else than the message.
	Of func(M) []string
	// English and Chinese name that in the question: "organization, village and day".
	English, Chinese string
}

const (
	// codeDuplicate is the code of the question about a likeness.
	codeDuplicate = "LIKELY_DUPLICATE"
	// likenessColumn is the column of a kind that has a likeness.
	likenessColumn = "likeness"
)

// likenessSize is how much of the SHA-256 a likeness keeps, in bytes.
const likenessSize = 16

// likenessOf is the likeness of a message as the first row that has it stores it; "" if the message has none.
func (k Kind[M]) likenessOf(m M) string {
	if k.Likeness == nil {
		return ""
	}
	parts := k.Likeness.Of(m)
	if len(parts) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:likenessSize])
}

// beside is the likeness that an acknowledged duplicate stores.
func beside(likeness, name string) string { return likeness + "/" + name }

// first is the likeness as the first row that has it stores it.
func first(stored string) string {
	likeness, _, _ := strings.Cut(stored, "/")
	return likeness
}

// claimed is the likeness of a row as it is stored, and the duplicate that it is if it is one.
type claimed struct {
	likeness string
	alike    string // the name of a row that is alike; "" if there is none
	within   bool   // that row is of the same request
}

// claim decides what a row stores as its likeness. At first no stored row is looked for: the unique index refuses a second
// one, and then the request runs again and looks.
func (s *Store[M]) claim(t *Tx, name, likeness string) (claimed, error) {
	if likeness == "" {
		return claimed{}, nil
	}
	key := s.kind.Table + " " + likeness
	if other, taken := t.claims[key]; taken {
		return claimed{likeness, other, true}, nil
	}
	if t.looks {
		other, known := t.alike[key]
		if !known {
			found, err := s.alike(t.ctx, []string{likeness})
			if err != nil {
				return claimed{}, err
			}
			other = found[likeness]
		}
		if other != "" && other != name {
			return claimed{likeness, other, false}, nil
		}
	}
	if t.claims == nil {
		t.claims = map[string]string{}
	}
	t.claims[key] = name
	return claimed{likeness: likeness}, nil
}

// holder is the first of some rows that are alike.
type holder struct {
	Likeness string `db:"likeness"`
	Name     string `db:"name"`
}

// alike are the names of the first rows with some likenesses, by likeness.
func (s *Store[M]) alike(ctx context.Context, likenesses []string) (map[string]string, error) {
	out := make(map[string]string, len(likenesses))
	for chunk := range slices.Chunk(likenesses, lookupChunk) {
		var args []any
		marks := make([]string, min(len(chunk)-1, 1)*(lookupChunk-1)+1) // one or the most, so that there are two statements to prepare
		for i := range marks {
			marks[i] = mark(&args, chunk[min(i, len(chunk)-1)])
		}
		found, err := database.All[holder](ctx, s.kit.db.Reader(),
			"SELECT likeness, name FROM "+s.kind.Table+" WHERE likeness <> '' AND likeness IN ("+strings.Join(marks, ", ")+")", args...)
		if err != nil {
			return nil, fmt.Errorf("look for %s that are alike: %w", s.kind.Table, err)
		}
		for _, f := range found {
			out[f.Likeness] = f.Name
		}
	}
	return out, nil
}

// lookAhead looks for the rows that are like those of a batch, so that many rows take few statements.
func (s *Store[M]) lookAhead(t *Tx, items []Item[M]) error {
	if s.kind.Likeness == nil || !t.looks {
		return nil
	}
	likenesses := make([]string, 0, len(items))
	for _, it := range items {
		m := proto.CloneOf(it.Message)
		s.shape.clearOutputOnly(m.ProtoReflect())
		m.ProtoReflect().Set(s.shape.name, protoString(it.Name))
		if l := s.kind.likenessOf(m); l != "" {
			likenesses = append(likenesses, l)
		}
	}
	found, err := s.alike(t.ctx, likenesses)
	if err != nil {
		return err
	}
	t.alike = make(map[string]string, len(likenesses))
	for _, l := range likenesses {
		t.alike[s.kind.Table+" "+l] = found[l]
	}
	return nil
}

// settle says what a row stores as its likeness, and asks about the row that it is like.
func (s *Store[M]) settle(t *Tx, name string, c claimed, given *answers, own []string) error {
	given.likeness = c.likeness
	if c.alike == "" {
		return nil
	}
	v, err := s.duplicate(t, c)
	if err != nil || !given.to(v, t.acknowledged, own) {
		return err
	}
	given.likeness = beside(c.likeness, name)
	if !c.within {
		s.guard(t, c.likeness)
	}
	return nil
}

// duplicate is the question whether a row is another than the one that it is like.
func (s *Store[M]) duplicate(t *Tx, c claimed) (fault.Violation, error) {
	of, zh := "another one of this request", "本次请求中的另一条"
	if !c.within {
		of, zh = "one that is there", "已有的一条"
		seen, err := s.seen(t.ctx, c.alike)
		if err != nil {
			return fault.Violation{}, err
		}
		if seen {
			of, zh = c.alike, "已有的 "+c.alike+" "
		}
	}
	l := s.kind.Likeness
	return fault.Violation{
		Reason: codeDuplicate, Question: true,
		Description: fmt.Sprintf("has the same %s as %s: acknowledge %s if it is another", l.English, of, codeDuplicate),
		Chinese:     fmt.Sprintf("与%s的%s相同：确为另一条请用 acknowledge 申明 %s", zh, l.Chinese, codeDuplicate),
	}, nil
}

// seen says whether the caller may read a row.
func (s *Store[M]) seen(ctx context.Context, name string) (bool, error) {
	found, err := s.Peek(ctx, name)
	if err != nil || found[name].ProtoReflect() == nil || !found[name].ProtoReflect().IsValid() {
		return false, err
	}
	return s.visible(ctx, access.From(ctx), found[name])
}

// guard makes the request fail, and run again, if the first of some rows that are alike has gone meanwhile. It locks that row,
// so that only one write at a time adds to those rows, or takes from them.
func (s *Store[M]) guard(t *Tx, likeness string) {
	t.guarded = true
	t.pending = append(t.pending, pendingWrite{"", database.Statement{
		SQL: "UPDATE " + s.kind.Table + " SET likeness = likeness WHERE likeness <> '' AND likeness = $1", Args: []any{likeness}, Rows: 1,
	}})
}

// leave is to come before the statement that changes a row: an acknowledged one does not leave those that it is like while
// the first of them is being replaced, perhaps by it.
func (s *Store[M]) leave(t *Tx, from, to string) {
	if from != to && from != first(from) {
		s.guard(t, first(from))
	}
}

// release is to come after the statement that changes a row: if the row was the first of some that are alike and is that no
// more, another takes its place.
func (s *Store[M]) release(t *Tx, from, to string) {
	if from == "" || from == to || from != first(from) {
		return
	}
	t.pending = append(t.pending, pendingWrite{"", database.Statement{
		SQL: "UPDATE " + s.kind.Table + " SET likeness = $1 WHERE name = (SELECT name FROM " + s.kind.Table +
			" WHERE likeness <> '' AND likeness > $2 AND likeness < $3 ORDER BY likeness LIMIT 1)",
		Args: []any{from, beside(from, ""), from + "0"}, Rows: database.AnyRows, // '0' follows '/'
	}})
}
