package resource

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Unique declares which rows of a kind exclude each other: at most one row has a given value of Of. For "at most one
// active child", Of returns the parent's name for active rows and nothing for others. A write of a second such row is
// ALREADY_EXISTS, also if the other row is in the same batch or is written concurrently.
//
// The kind's table has the column, a `TEXT NOT NULL` with a unique index where it is not empty; [NewStore] checks the
// index. A request of [Kit.InTx] that passes a key from one row to another must first save the row that gives it up.
type Unique[M proto.Message] struct {
	// Column is the SQL column. It is not a field of the message.
	Column string
	// Of returns what a row must not share with another, empty for a row that is not restricted. It must depend on the
	// message only, without its personal fields.
	Of func(M) []string
	// Field is the field that the error names; "" means the message as a whole.
	Field string
	// Reason is the reason of the error: TEAM_ACTIVE.
	Reason string
	// English and Chinese are the text of the error. It completes the sentence that the field's name begins, and the
	// name of the other row follows it: "has an active team already", "已有在任的帮扶队".
	English, Chinese string
}

func (u Unique[M]) key() key[M] { return key[M]{u.Column, u.Of} }

// checkUnique refuses incomplete rules.
func (s *Store[M]) checkUnique() error {
	for _, u := range s.kind.Unique {
		switch {
		case u.Of == nil || u.Reason == "" || u.English == "" || u.Chinese == "":
			return fmt.Errorf("unique %s: want Of, Reason, English and Chinese", u.Column)
		case s.blank.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(u.Column)) != nil:
			return fmt.Errorf("unique %s: the column has the name of a field, and does not hold its values", u.Column)
		case u.Field != "" && s.blank.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(u.Field)) == nil:
			return fmt.Errorf("unique %s: the message has no field %s", u.Column, u.Field)
		}
	}
	return nil
}

// exclude refuses a message with a key of another row. before is the stored message that it replaces, nil for a new
// row.
func (s *Store[M]) exclude(t *Tx, name string, before *M, m M) error {
	var faults fault.Collector
	for _, u := range s.kind.Unique {
		value, old := u.key().value(m), ""
		if before != nil {
			old = u.key().value(*before)
		}
		if value == old {
			continue
		}
		if old != "" {
			if t.freed == nil {
				t.freed = map[keyValue]string{}
			}
			t.freed[keyValue{s.kind.Table, u.Column, old}] = name
		}
		c, err := s.claim(t, u.Column, name, value)
		if err != nil {
			return err
		}
		if c.holder == "" {
			continue
		}
		if err := s.excluded(t, u, c); !faults.Take(err) {
			return err
		}
	}
	return faults.Err()
}

// excluded returns the error for a row whose key another row has.
func (s *Store[M]) excluded(t *Tx, u Unique[M], c claimed) error {
	of, zh, err := s.another(t, c)
	if err != nil {
		return err
	}
	return fault.AlreadyExistsOne(fault.Violation{
		Field: u.Field, Reason: u.Reason, Description: u.English + ": " + of, Chinese: u.Chinese + "：" + zh,
	})
}

// vacate clears the keys that rows of t give up to other rows of t, before any of them is written. If such a row was
// changed meanwhile, its revision makes the request fail.
func (t *Tx) vacate() []database.Statement {
	var out []database.Statement
	for key, from := range t.freed {
		if to, claimed := t.claims[key]; claimed && to != from {
			out = append(out, database.Statement{
				SQL:  "UPDATE " + key.table + " SET " + key.column + " = '' WHERE name = $1 AND " + key.column + " = $2",
				Args: []any{from, key.value}, Rows: database.AnyRows,
			})
		}
	}
	return out
}

// together checks a message against [Unique] and [Reserve]. before is the stored message that it replaces, nil for a
// new row.
func (s *Store[M]) together(t *Tx, name string, before *M, m M) error {
	if err := s.exclude(t, name, before, m); err != nil {
		return err
	}
	return s.reserve(t, before, m)
}
