package resource

import (
	"fmt"
	"iter"
	"slices"

	"go.einride.tech/aip/resourcename"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
)

// insertRun is a run of new rows of one store, which are inserted with few statements.
type insertRun interface {
	statements() ([]database.Statement, error)
	// check prepares the rows without writing them.
	check() error
	// free returns the first name of the rows that is already stored, with the error for it.
	free() (string, error)
}

// pendingWrite is a change of an existing row.
type pendingWrite struct {
	name      string
	statement database.Statement
}

// CreateIn creates a resource under a name with the writes of t. The fields of violations are relative to the message.
// The returned message must not be changed until t is applied.
func (s *Store[M]) CreateIn(t *Tx, name string, m M, prepare func(M) error) (M, error) {
	return s.createIn(t, item[M]{name: name, message: m}, prepare)
}

func (s *Store[M]) createIn(t *Tx, it item[M], prepare func(M) error) (M, error) {
	name := it.name
	c := newRow[M]{name: name, message: it.message, prepare: prepare, acknowledged: it.acknowledged}
	if err := s.ready(t, &c); err != nil {
		return s.none(), err
	}
	if err := s.create(t, c); err != nil {
		return s.none(), err
	}
	s.stamp(c.message, name, 1, t.at, t.at)
	return c.message, nil
}

// CreateAllIn creates about n resources with the writes of t, as CreateIn does, but prepares each only when it is
// written: on PostgreSQL, while the database stores the rows before it. The first error therefore ends the request and
// does not name its row, so the rows should have been checked before. The messages must not be changed until t is
// applied.
func (s *Store[M]) CreateAllIn(t *Tx, n int, items iter.Seq2[string, M], prepare func(M) error) error {
	if s.kind.together() {
		return fmt.Errorf("create many of %s: rows with rules over several rows are created by CreateIn", s.kind.Table)
	}
	t.expect(n)
	run := s.run(t)
	run.all = slices.Grow(run.all, n)
	first := len(run.all)
	for name, m := range items {
		if err := s.create(t, newRow[M]{name: name, message: m, prepare: prepare}); err != nil {
			return err
		}
	}
	if s.kind.Belongs.parent == nil {
		return nil
	}
	names := make([]string, 0, n)
	for _, c := range run.all[first:] {
		names = append(names, c.name)
	}
	return s.under(t, names...)
}

// created is a run of resources of one store that a request creates one after the other.
type created[M proto.Message] struct {
	store *Store[M]
	tx    *Tx
	all   []newRow[M]
}

// newRow is a resource that is created. message is what the caller gave until ready is set, and what is stored
// afterwards.
type newRow[M proto.Message] struct {
	name    string
	message M
	prepare func(M) error
	entry   int // its index among the entries of the request
	ready   bool
	encoded encoded

	acknowledged []string // codes of the questions that the request acknowledges for this row
}

// create adds a creation to the writes of t.
func (s *Store[M]) create(t *Tx, c newRow[M]) error {
	if t.creating[c.name] {
		return exists(c.name)
	}
	t.creating[c.name] = true
	run := s.run(t)
	c.entry = len(t.entries)
	t.entries = append(t.entries, journal.Entry{Resource: c.name, Revision: 1})
	if c.ready {
		t.entries[c.entry] = s.entry(c.name, 1, c.encoded, "")
	}
	run.all = append(run.all, c)
	return nil
}

// run returns the last run of creations of t if it belongs to this store, and otherwise a new one.
func (s *Store[M]) run(t *Tx) *created[M] {
	if n := len(t.inserts); n > 0 {
		if run, ok := t.inserts[n-1].(*created[M]); ok && run.store == s {
			return run
		}
	}
	run := &created[M]{store: s, tx: t}
	t.inserts = append(t.inserts, run)
	return run
}

// ready prepares and encodes c for storing.
func (s *Store[M]) ready(t *Tx, c *newRow[M]) error {
	made, err := s.prepared(t, c.name, c.message, c.prepare)
	if err != nil {
		return err
	}
	if !resourcename.Match(s.shape.pattern, c.name) {
		return fmt.Errorf("create %s: name %q does not fit the pattern %q", s.kind.Table, c.name, s.shape.pattern)
	}
	if err := s.together(t, c.name, nil, made); err != nil {
		return err
	}
	given, err := s.ask(t, c.name, version[M]{}, made, c.acknowledged)
	if err != nil {
		return err
	}
	if c.encoded, err = s.encode(c.name, made, nil); err != nil {
		return err
	}
	c.encoded.acknowledged, c.encoded.likeness = given.codes, given.likeness
	c.message, c.ready = made, true
	return nil
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

func (r *created[M]) statements() ([]database.Statement, error) {
	return r.store.kit.DB.Load(r.store.into, len(r.all), r.rows)
}

// rows yields the rows to store, and completes their entries, which are written after them.
func (r *created[M]) rows(yield func([]any, error) bool) {
	for i := range r.all {
		c := &r.all[i]
		if err := r.complete(c); err != nil {
			yield(nil, fault.In(r.store.shape.singular, err))
			return
		}
		if !yield(r.store.values(c.name, 1, r.tx.at, r.tx.at, c.message, c.encoded), nil) {
			return
		}
		if r.tx.recorded != nil {
			r.tx.recorded.Complete(c.entry + 1)
		}
	}
}

func (r *created[M]) complete(c *newRow[M]) error {
	if c.ready {
		return nil
	}
	if err := r.store.ready(r.tx, c); err != nil {
		return err
	}
	r.tx.entries[c.entry] = r.store.entry(c.name, 1, c.encoded, "")
	return nil
}

func (r *created[M]) check() error {
	for _, err := range r.rows {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *created[M]) free() (string, error) {
	names := make([]string, len(r.all))
	for i, c := range r.all {
		names[i] = c.name
	}
	return r.store.free(r.tx, names...)
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
