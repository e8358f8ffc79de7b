package resource

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

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

func (l *Likeness[M]) key() key[M] { return key[M]{likenessColumn, l.Of} }

// likenessOf is the likeness of a message as the first row that has it stores it; "" if the message has none.
func (k Kind[M]) likenessOf(m M) string {
	if k.Likeness == nil {
		return ""
	}
	return k.Likeness.key().value(m)
}

// beside is the likeness that an acknowledged duplicate stores.
func beside(likeness, name string) string { return likeness + "/" + name }

// first is the likeness as the first row that has it stores it.
func first(stored string) string {
	likeness, _, _ := strings.Cut(stored, "/")
	return likeness
}

// settle says what a row stores as its likeness, and asks about the row that it is like.
func (s *Store[M]) settle(t *Tx, name string, c claimed, given *answers, own []string) error {
	given.likeness = c.value
	if c.holder == "" {
		return nil
	}
	v, err := s.duplicate(t, c)
	if err != nil || !given.to(v, t.acknowledged, own) {
		return err
	}
	given.likeness = beside(c.value, name)
	if !c.within {
		s.guard(t, c.value)
	}
	return nil
}

// duplicate is the question whether a row is another than the one that it is like.
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
