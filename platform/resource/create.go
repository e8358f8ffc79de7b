package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// item is one resource that a request creates, with its name.
type item[M proto.Message] struct {
	name         string
	message      M
	acknowledged []string // codes of the questions that the request acknowledges for this resource only
}

// itemOf returns the resource that a request creates. It does not change the request.
func (s *Store[M]) itemOf(c *creation, in protoreflect.Message) item[M] {
	it := item[M]{message: s.given(in, c.message), acknowledged: acknowledged(in.Interface())}
	var id string
	switch {
	case s.kind.ID != nil:
		id = s.kind.ID(it.message)
	case c.id != nil:
		id = in.Get(c.id).String()
	}
	if id == "" && s.kind.ID == nil {
		id = s.kit.NewID()
	}
	it.name = s.shape.collection + "/" + id
	if c.parent != nil {
		it.name = in.Get(c.parent).String() + "/" + it.name
	}
	return it
}

// itemsOf returns the rows of a batch. It refuses rows with another parent.
func (s *Store[M]) itemsOf(b *batchCreation, in protoreflect.Message) ([]item[M], error) {
	var parent string
	if b.parent != nil {
		parent = in.Get(b.parent).String()
	}
	rows := in.Get(b.rows).List()
	items := make([]item[M], rows.Len())
	var elsewhere fault.Collector
	for i := range items {
		row := rows.Get(i).Message()
		if parent != "" && !strings.HasSuffix(parent, "/-") && row.Get(b.each.parent).String() != parent {
			elsewhere.Row("requests", i).Add("parent", "PARENT_DIFFERS", "must be %s, as for the batch", parent)
			continue
		}
		items[i] = s.itemOf(b.each, row)
	}
	return items, elsewhere.Err()
}

// given returns the resource in a request, normalized. It must not be changed.
func (s *Store[M]) given(in protoreflect.Message, f protoreflect.FieldDescriptor) M {
	m, ok := in.Get(f).Message().Interface().(M)
	if !ok || !m.ProtoReflect().IsValid() {
		return s.fresh()
	}
	if s.kind.Normalize != nil {
		m = proto.CloneOf(m)
		s.kind.Normalize(m)
	}
	return m
}

// named returns a copy of a resource with a name, without the fields that callers may not set.
func (s *Store[M]) named(name string, m M) M {
	made := proto.CloneOf(m)
	p := made.ProtoReflect()
	s.shape.clearOutputOnly(p)
	p.Clear(s.shape.etag)
	p.Set(s.shape.name, protoString(name))
	return made
}

// prepare returns the rule of a service. The rows are only copied if the Prepare reads them.
func (s *Store[M]) prepare(ctx context.Context, p Prepare[M], items []item[M]) (func(M) error, error) {
	if p == nil || len(items) == 0 {
		return nil, nil //nolint:nilnil // no rule is none to apply
	}
	return p(ctx, func() []M {
		rows := make([]M, len(items))
		for i := range items {
			rows[i] = s.named(items[i].name, items[i].message)
			items[i].message = rows[i]
		}
		return rows
	})
}

// createNamed writes a new resource with a name. It works on a copy of m: it clears output-only fields and sets the
// first state; then prepare may refuse it. The fields of violations begin with the request field that holds the
// message, which is named after the resource.
func (s *Store[M]) createNamed(ctx context.Context, r Request, name string, m M, prepare func(M) error) (M, error) {
	if err := s.checkAcknowledged("", acknowledged(r)); err != nil {
		return s.none(), err
	}
	return once(ctx, s.kit, r, func() (M, error) {
		var out M
		err := s.kit.attempt(ctx, r, func(t *Tx) (err error) {
			if out, err = s.CreateIn(t, name, m, prepare); err != nil {
				return fault.In(s.shape.singular, err)
			}
			if validateOnly(r) {
				_, err = s.free(t, name)
			}
			return err
		})
		return s.answer(ctx, out, err)
	}, s.replayed(ctx))
}

// batch is the result of a batch: the resources in the order of the request, and how many of them are new.
type batch[M proto.Message] struct {
	items     []M
	created   int32
	unchanged int32
}

// createBatch writes all items or none.
func (s *Store[M]) createBatch(ctx context.Context, r BatchRequest, items []item[M], prepare func(M) error) (batch[M], error) {
	if err := s.checkAcknowledged("", acknowledged(r)); err != nil {
		return batch[M]{}, err
	}
	for i, it := range items {
		if err := s.checkAcknowledged(fmt.Sprintf("requests[%d].", i), it.acknowledged); err != nil {
			return batch[M]{}, err
		}
	}
	return once(ctx, s.kit, r, func() (batch[M], error) {
		var out batch[M]
		err := s.kit.attempts(ctx, r, func(t *Tx) (err error) {
			out, err = s.batchIn(t, r, items, prepare)
			return err
		})
		if err != nil && !errors.Is(err, errNothingWritten) {
			return batch[M]{}, err
		}
		if err := s.show(ctx, access.From(ctx), out.items...); err != nil {
			return batch[M]{}, err
		}
		return out, err
	}, func(records []*journalv1.Record) (batch[M], error) { return s.replayedBatch(ctx, items, records) })
}

func (s *Store[M]) batchIn(t *Tx, r BatchRequest, items []item[M], prepare func(M) error) (batch[M], error) {
	var out batch[M]
	var faults fault.Collector
	err := s.rowsIn(t, r, items, prepare, 0, &faults, func(m M, created bool) {
		out.items = append(out.items, m)
		if created {
			out.created++
		} else {
			out.unchanged++
		}
	})
	return out, cmp.Or(err, faults.Err())
}

// rowsIn adds items to what t creates, or skips them, and calls each with the message as it is stored. Violations of
// items are added to faults, with row numbers that begin at first.
func (s *Store[M]) rowsIn(
	t *Tx, r BatchRequest, items []item[M], prepare func(M) error, first int, faults *fault.Collector, each func(m M, created bool),
) error {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.name
	}
	stored, err := s.loadMany(t.ctx, names)
	if err != nil {
		return err
	}
	if err := s.under(t, names...); err != nil {
		return err
	}
	unknown, err := s.unknownParents(t, names...)
	if err != nil {
		return err
	}
	if err := s.lookAhead(t, items, prepare); err != nil {
		return err
	}
	for i, it := range items {
		i += first
		if above, _, _ := cutName(it.name); unknown[above] {
			faults.Row("requests", i).In("parent").Take(fault.NotFound(above))
			continue
		}
		if old, taken := stored[it.name]; taken {
			if err := s.passOver(t, r, it, old.message); err == nil {
				each(old.message, false)
			} else if !faults.Row("requests", i).In(s.shape.singular).Take(err) {
				return err
			}
			continue
		}
		made, err := s.createIn(t, it, prepare)
		if err != nil {
			if !faults.Row("requests", i).In(s.shape.singular).Take(err) {
				return err
			}
			continue
		}
		each(made, true)
	}
	return nil
}

// passOver returns nil if an item whose name is taken can be skipped, and otherwise the error. As for a new item, the
// caller's access to the item's place is checked first.
func (s *Store[M]) passOver(t *Tx, r BatchRequest, it item[M], stored M) error {
	at, err := s.placeIn(t, it.name, stored)
	if err != nil {
		return err
	}
	if r.GetSkipIdentical() && at.seenBy(t.by) && s.sameContent(stored, it.message) {
		return nil
	}
	given := proto.CloneOf(it.message)
	given.ProtoReflect().Set(s.shape.name, protoString(it.name))
	if err := s.admits(t, it.name, given); err != nil {
		return err
	}
	return s.taken(t, it.name, stored)
}

// sameContent compares the fields that callers set.
func (s *Store[M]) sameContent(stored, given M) bool {
	a, b := proto.CloneOf(stored), proto.CloneOf(given)
	for _, m := range []M{a, b} {
		s.shape.clearOutputOnly(m.ProtoReflect())
		m.ProtoReflect().Clear(s.shape.etag)
		m.ProtoReflect().Clear(s.shape.name)
	}
	return proto.Equal(a, b)
}

// put sets a list of resources in a response.
func put[M proto.Message](out protoreflect.Message, f protoreflect.FieldDescriptor, items []M) {
	if len(items) == 0 {
		return
	}
	list := out.Mutable(f).List()
	for _, m := range items {
		list.Append(protoreflect.ValueOfMessage(m.ProtoReflect()))
	}
}
