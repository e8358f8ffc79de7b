package resource

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Unique says which rows of a kind exclude each other: of those that have the same in common there is at most one. "At most
// one active child" is a Unique of the parent's name that inactive rows do not have. A write that would make a second such
// row is ALREADY_EXISTS, also if the other is in the same batch or is written at the same moment.
//
// The kind's table has the column, a `TEXT NOT NULL` with a unique index on it where it is not empty, which [NewStore]
// checks. A request of [Kit.InTx] that passes a key from one row to another saves the row that gives it up first.
type Unique[M proto.Message] struct {
	// Column is the SQL column, which is no field of the message.
	Column string
	// Of returns what a row has in common with no other, empty for a row that does not count. It must depend on nothing
	// else than the message without its personal fields.
	Of func(M) []string
	// Field is the field that a refusal names; empty for the message as a whole.
	Field string
	// Reason names the rule in refusals: TEAM_ACTIVE.
	Reason string
	// English and Chinese are the refusal, a clause that completes the sentence which the field's name begins and that the
	// other row's name follows: "has an active team already", "已有在任的帮扶队".
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

// exclude refuses a message that has a key of another row. before is the stored message that it replaces, nil for a new row.
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

// excluded is the refusal of a row whose key another has.
func (s *Store[M]) excluded(t *Tx, u Unique[M], c claimed) error {
	of, zh, err := s.another(t, c)
	if err != nil {
		return err
	}
	return fault.AlreadyExistsOne(fault.Violation{
		Field: u.Field, Reason: u.Reason, Description: u.English + ": " + of, Chinese: u.Chinese + "：" + zh,
	})
}

// vacate takes keys from the rows that give them up to other rows of t, before any of these is written. A row that was
// changed meanwhile fails the request by its revision.
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

// together holds a message to the rules over several rows that refuse. before is the stored message that it replaces, nil for
// a new row.
func (s *Store[M]) together(t *Tx, name string, before *M, m M) error {
	if err := s.exclude(t, name, before, m); err != nil {
		return err
	}
	return s.reserve(t, before, m)
}
