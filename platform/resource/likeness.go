package resource

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Likeness declares which rows of a kind are likely duplicates of each other under different names. A write of a second
// such row is refused with the question LIKELY_DUPLICATE, also if the other row is in the same batch or is written
// concurrently.
//
// The kind's table has a column `likeness TEXT NOT NULL` with a unique index where it is not empty. Of several rows
// that are alike, the first stores the digest of what they have in common. Each acknowledged duplicate stores that
// digest and its own name after it. When the first row is changed or no longer counts, another takes its place in the
// same transaction.
type Likeness[M proto.Message] struct {
	// Of returns what such rows have in common, empty for a row that does not count, such as a void one. It must depend
	// on the message only.
	Of func(M) []string
	// English and Chinese name what they have in common, for the question: "organization, village and day".
	English, Chinese string
}

const (
	// codeDuplicate is the code of the question about a likeness.
	codeDuplicate = "LIKELY_DUPLICATE"
	// likenessColumn is the column for the likeness.
	likenessColumn = "likeness"
)

func (l *Likeness[M]) key() key[M] { return key[M]{likenessColumn, l.Of} }

// likenessOf returns the likeness of a message as the first such row stores it, "" if the message has none.
func (k Kind[M]) likenessOf(m M) string {
	if k.Likeness == nil {
		return ""
	}
	return k.Likeness.key().value(m)
}

// beside returns the likeness that an acknowledged duplicate stores.
func beside(likeness, name string) string { return likeness + "/" + name }

// first returns the likeness as the first such row stores it.
func first(stored string) string {
	likeness, _, _ := strings.Cut(stored, "/")
	return likeness
}

// settle sets the likeness that a row stores, and asks about the row that it is like.
func (s *Store[M]) settle(t *Tx, name string, c claimed, given *answers, own []string) error {
	given.likeness = c.value
	if c.holder == "" {
		return nil
	}
	if !given.acknowledge(codeDuplicate, t.acknowledged, own) {
		v, err := s.duplicate(t, c)
		given.open = append(given.open, v)
		return err
	}
	given.likeness = beside(c.value, name)
	if !c.within {
		s.guard(t, c.value)
	}
	return nil
}

// duplicate returns the question whether a row is different from the one that it is like.
func (s *Store[M]) duplicate(t *Tx, c claimed) (fault.Violation, error) {
	of, zh, err := s.another(t, c)
	if err != nil {
		return fault.Violation{}, err
	}
	l := s.kind.Likeness
	return fault.Violation{
		Reason: codeDuplicate, Question: true,
		Description: fmt.Sprintf("has the same %s as %s: acknowledge %s if it is another", l.English, of, codeDuplicate),
		Chinese:     fmt.Sprintf("与%s的%s相同：确为另一条请用 acknowledge 申明 %s", zh, l.Chinese, codeDuplicate),
	}, nil
}

// guard makes the request fail, and run again, if the first of the rows with a likeness is gone. It locks that row until
// the transaction ends, so that only one write at a time adds or removes such rows.
func (s *Store[M]) guard(t *Tx, likeness string) {
	key := keyValue{s.kind.Table, likenessColumn, likeness}
	if t.guarded[key] {
		return
	}
	if t.guarded == nil {
		t.guarded = map[keyValue]bool{}
	}
	t.guarded[key] = true
	t.pending = append(t.pending, pendingWrite{"", database.Statement{
		SQL: "UPDATE " + s.kind.Table + " SET likeness = likeness WHERE likeness <> '' AND likeness = $1", Args: []any{likeness}, Rows: 1,
	}})
}

// leave is called before the statement that changes a row. It prevents an acknowledged duplicate from changing its
// likeness while the first row is being replaced, perhaps by that duplicate.
func (s *Store[M]) leave(t *Tx, from, to string) {
	if from != to && from != first(from) {
		s.guard(t, first(from))
	}
}

// release is called after the statement that changes a row. If the row was the first with a likeness and no longer is,
// another row takes its place.
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
