package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

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

// answer returns what the caller may see of a written message.
func (s *Store[M]) answer(ctx context.Context, m M, err error) (M, error) {
	if err != nil && !errors.Is(err, errNothingWritten) {
		return s.none(), err
	}
	if shown := s.show(ctx, access.From(ctx), m); shown != nil {
		return s.none(), shown
	}
	return m, err
}

// replayed returns a function that answers a request that wrote one resource and was applied before.
func (s *Store[M]) replayed(ctx context.Context) func([]*journalv1.Record) (M, error) {
	return func(records []*journalv1.Record) (M, error) {
		found, err := s.recall(ctx, records)
		if err != nil {
			return s.none(), err
		}
		if len(found) != 1 {
			return s.none(), fmt.Errorf("replay request: it wrote %d of %s, want 1", len(found), s.kind.Table)
		}
		return found[0], nil
	}
}

// recall rebuilds what records of this kind wrote, as the writer received it: the body from the journal, the personal
// fields and the creation time from the row.
func (s *Store[M]) recall(ctx context.Context, records []*journalv1.Record) ([]M, error) {
	names := make([]string, len(records))
	for i, r := range records {
		names[i] = r.GetResource()
	}
	rows, err := s.loadMany(ctx, names)
	if err != nil {
		return nil, err
	}
	var out, present []M // as written, and the same rows as they are now
	for _, r := range records {
		if string(r.GetBody().MessageName()) != string(s.blank.ProtoReflect().Descriptor().FullName()) {
			continue
		}
		m := s.fresh()
		if err := proto.Unmarshal(r.GetBody().GetValue(), m); err != nil {
			return nil, fmt.Errorf("decode journal entry of %s: %w", r.GetResource(), err)
		}
		row := rows[r.GetResource()]
		for _, f := range s.shape.personal {
			if p := row.message.ProtoReflect(); p.IsValid() && p.Has(f.field) {
				m.ProtoReflect().Set(f.field, p.Get(f.field))
			}
		}
		s.stamp(m, r.GetResource(), r.GetRevision(), row.created, r.GetTime().AsTime())
		out, present = append(out, m), append(present, row.message)
	}
	// The row's present place decides what the caller may see, not its place at the time of the write.
	places, err := s.placesOf(ctx, present...)
	if err != nil {
		return nil, err
	}
	for i, m := range out {
		s.showAt(places[i], access.From(ctx), m)
	}
	return out, nil
}

// item is one resource that a request creates, with its name.
type item[M proto.Message] struct {
	name         string
	message      M
	acknowledged []string // codes of the questions that the request acknowledges for this resource only
}

// BatchRequest is a request that creates many resources. With GetSkipIdentical, resources that exist with the same
// content are skipped.
type BatchRequest interface {
	Request
	GetSkipIdentical() bool
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

// replayedBatch answers a batch that was applied before, with what it wrote and what it skipped.
func (s *Store[M]) replayedBatch(ctx context.Context, items []item[M], records []*journalv1.Record) (batch[M], error) {
	written, err := s.recall(ctx, records)
	if err != nil {
		return batch[M]{}, err
	}
	byName := make(map[string]M, len(written))
	for _, m := range written {
		byName[s.nameOf(m)] = m
	}
	var passed []string
	for _, it := range items {
		if _, ok := byName[it.name]; !ok {
			passed = append(passed, it.name)
		}
	}
	stood, err := s.Peek(ctx, passed...)
	if err != nil {
		return batch[M]{}, err
	}
	if covered, err := s.coversAll(ctx, access.From(ctx), slices.Collect(maps.Keys(stood))); err != nil || !covered {
		return batch[M]{}, cmp.Or(err, errOutOfReach)
	}
	if err := s.show(ctx, access.From(ctx), slices.Collect(maps.Values(stood))...); err != nil {
		return batch[M]{}, err
	}
	var out batch[M]
	for _, it := range items {
		if m, ok := byName[it.name]; ok {
			out.items = append(out.items, m)
			out.created++
		} else if m, ok := stood[it.name]; ok {
			out.items = append(out.items, m)
			out.unchanged++
		}
	}
	if len(out.items) != len(items) { // the service chose the names, so only the written resources are known
		return batch[M]{items: written, created: int32(len(written))}, nil //nolint:gosec // bounded by the request
	}
	return out, nil
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
