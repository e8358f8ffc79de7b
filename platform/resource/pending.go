package resource

import (
	"fmt"
	"slices"

	"go.einride.tech/aip/resourcename"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
)

// insertRun is a run of new rows of one store, which are inserted with few statements.
type insertRun interface {
	statements(t *Tx) ([]database.Statement, error)
	// free returns the first name of the rows that is already stored, with the error for it.
	free(t *Tx) (string, error)
}

// pendingWrite is a change of an existing row.
type pendingWrite struct {
	name      string
	statement database.Statement
}

// created is a run of resources of one store that a request creates one after the other.
type created[M proto.Message] struct {
	store *Store[M]
	all   []newRow[M]
}

// newRow is a resource as it will be stored.
type newRow[M proto.Message] struct {
	name    string
	message M
	encoded encoded
}

// CreateIn creates a resource under a name with the writes of t. The fields of violations are relative to the message.
// The returned message must not be changed until t is applied.
func (s *Store[M]) CreateIn(t *Tx, name string, m M, prepare func(M) error) (M, error) {
	return s.createIn(t, item[M]{name: name, message: m}, prepare)
}

func (s *Store[M]) createIn(t *Tx, it item[M], prepare func(M) error) (M, error) {
	c, err := s.newRow(t, it, prepare)
	if err != nil {
		return s.none(), err
	}
	if t.creating[c.name] {
		return s.none(), exists(c.name)
	}
	t.creating[c.name] = true
	run := s.run(t)
	run.all = append(run.all, c)
	t.entries = append(t.entries, s.entry(c.name, 1, c.encoded, ""))
	s.stamp(c.message, c.name, 1, t.at, t.at)
	return c.message, nil
}

// newRow makes an item a row, if all rules admit it.
func (s *Store[M]) newRow(t *Tx, it item[M], prepare func(M) error) (newRow[M], error) {
	made, err := s.prepared(t, it.name, it.message, prepare)
	if err != nil {
		return newRow[M]{}, err
	}
	if !resourcename.Match(s.shape.pattern, it.name) {
		return newRow[M]{}, fmt.Errorf("create %s: name %q does not fit the pattern %q", s.kind.Table, it.name, s.shape.pattern)
	}
	if err := s.together(t, it.name, nil, made); err != nil {
		return newRow[M]{}, err
	}
	given, err := s.ask(t, it.name, version[M]{}, made, it.acknowledged)
	if err != nil {
		return newRow[M]{}, err
	}
	e, err := s.encode(it.name, made, nil)
	if err != nil {
		return newRow[M]{}, err
	}
	e.acknowledged, e.likeness = given.codes, given.likeness
	return newRow[M]{name: it.name, message: made, encoded: e}, nil
}

// prepared returns a copy of m as it will be created.
func (s *Store[M]) prepared(t *Tx, name string, m M, prepare func(M) error) (M, error) {
	if err := s.parented(t, name); err != nil {
		return s.none(), err
	}
	if err := s.checkDays(m, t.at); err != nil {
		return s.none(), err
	}
	made, err := s.made(t, name, m, prepare)
	if err != nil {
		return s.none(), err
	}
	if s.kind.Validate != nil {
		if err := s.kind.Validate(made); err != nil {
			return s.none(), err
		}
	}
	if err := s.admits(t, name, made); err != nil {
		return s.none(), err
	}
	if err := s.begin(t, name, made); err != nil {
		return s.none(), err
	}
	return made, nil
}

// run returns the last run of creations of t if it belongs to this store, and otherwise a new one.
func (s *Store[M]) run(t *Tx) *created[M] {
	if n := len(t.inserts); n > 0 {
		if run, ok := t.inserts[n-1].(*created[M]); ok && run.store == s {
			return run
		}
	}
	run := &created[M]{store: s}
	t.inserts = append(t.inserts, run)
	return run
}

func (r *created[M]) statements(t *Tx) ([]database.Statement, error) {
	return r.store.kit.DB.Load(r.store.into, len(r.all), func(yield func([]any, error) bool) {
		for _, c := range r.all {
			if !yield(r.store.values(c.name, 1, t.at, t.at, c.message, c.encoded), nil) {
				return
			}
		}
	})
}

func (r *created[M]) free(t *Tx) (string, error) {
	names := make([]string, len(r.all))
	for i, c := range r.all {
		names[i] = c.name
	}
	return r.store.free(t, names...)
}

// free returns the first name that is taken, with the error for it.
func (s *Store[M]) free(t *Tx, names ...string) (string, error) {
	for chunk := range slices.Chunk(names, lookupChunk) {
		found, err := s.Peek(t.ctx, chunk...)
		if err != nil {
			return "", err
		}
		for _, name := range chunk {
			if stored, ok := found[name]; ok {
				return name, s.taken(t, name, stored)
			}
		}
	}
	return "", nil
}
