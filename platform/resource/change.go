package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.einride.tech/aip/fieldbehavior"
	"go.einride.tech/aip/fieldmask"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// maxAttempts is how often a change is computed again when other writers are first.
const maxAttempts = 20

// updateBy is Update with the resource in the request.
func (s *Store[M]) updateBy(ctx context.Context, r UpdateRequest, m M, rule func(old, updated M) error) (M, error) {
	if err := s.checkAcknowledged("", acknowledged(r)); err != nil {
		return s.none(), err
	}
	if err := s.checkMask(r.GetUpdateMask(), m); err != nil {
		return s.none(), err
	}
	by, err := s.transitionOf(r)
	if err != nil {
		return s.none(), err
	}
	apply := s.moving(r, by, rule)
	rules := func(t *Tx, old, updated M) error {
		if err := s.checkPersonal(ctx, r.GetUpdateMask(), old, m); err != nil {
			return err
		}
		if len(r.GetUpdateMask().GetPaths()) == 0 {
			if err := s.checkImmutable(old, m); err != nil {
				return fault.In(s.shape.singular, err)
			}
		}
		given := proto.CloneOf(m)
		fieldbehavior.ClearFields(given, annotations.FieldBehavior_OUTPUT_ONLY, annotations.FieldBehavior_IMMUTABLE)
		given.ProtoReflect().Clear(s.shape.etag)
		fieldmask.Update(r.GetUpdateMask(), updated, given)
		if proto.Equal(old, updated) {
			return nil
		}
		if err := s.valid(updated, t.at); err != nil {
			return fault.In(s.shape.singular, err)
		}
		// Rules about the resource alone are checked before rules about its current state.
		if s.kind.Validate != nil {
			if err := s.kind.Validate(updated); err != nil {
				return fault.In(s.shape.singular, err)
			}
		}
		return fault.In(s.shape.singular, apply(t, old, updated))
	}
	etag := m.ProtoReflect().Get(s.shape.etag).String()
	return s.change(ctx, r, change[M]{name: s.nameOf(m), etag: etag, by: by, rule: rules})
}

// checkMask refuses a mask with a field that does not exist or cannot be changed.
func (s *Store[M]) checkMask(mask *fieldmaskpb.FieldMask, m M) error {
	if err := fieldmask.Validate(mask, m); err != nil {
		return fault.Invalid("update_mask", "UNKNOWN_FIELD", "%v", err)
	}
	fields := m.ProtoReflect().Descriptor().Fields()
	for _, path := range mask.GetPaths() {
		if path == "*" {
			return fault.Invalid("update_mask", "NOT_SUPPORTED", "name the fields instead of `*`")
		}
		top, _, _ := strings.Cut(path, ".")
		f := fields.ByName(protoreflect.Name(top))
		for _, b := range []annotations.FieldBehavior{
			annotations.FieldBehavior_OUTPUT_ONLY, annotations.FieldBehavior_IMMUTABLE, annotations.FieldBehavior_IDENTIFIER,
		} {
			if f == s.shape.etag || fieldbehavior.Has(f, b) {
				return fault.Invalid("update_mask", "NOT_CHANGEABLE", "%s cannot be changed", path)
			}
		}
	}
	return nil
}

// checkImmutable refuses another value of an immutable field. It ignores fields that m does not set.
func (s *Store[M]) checkImmutable(old, m M) error {
	for _, f := range s.shape.immutable {
		if given := m.ProtoReflect(); given.Has(f) && !given.Get(f).Equal(old.ProtoReflect().Get(f)) {
			return fault.Invalid(string(f.Name()), "NOT_CHANGEABLE", "cannot be changed after the creation")
		}
	}
	return nil
}

// checkPersonal refuses a change of personal fields of the stored row that the caller may not read. Without a mask, the
// change concerns the fields that m sets.
func (s *Store[M]) checkPersonal(ctx context.Context, mask *fieldmaskpb.FieldMask, old, m M) error {
	for _, p := range s.shape.personal {
		name := string(p.field.Name())
		meant := len(mask.GetPaths()) == 0 && m.ProtoReflect().Has(p.field) || slices.ContainsFunc(mask.GetPaths(), func(path string) bool {
			top, _, _ := strings.Cut(path, ".")
			return top == name
		})
		if !meant {
			continue
		}
		at, err := s.placeOf(ctx, old)
		if err != nil {
			return err
		}
		if !entitled(access.From(ctx), p, at) {
			return fault.Denied("PERSONAL_DATA", "%s may only be changed by those who may read it", name)
		}
	}
	return nil
}

// change is a change of one resource by a request.
type change[M proto.Message] struct {
	name string
	etag string      // "" means any revision
	by   *transition // nil for a kind without states
	rule func(t *Tx, old, updated M) error
}

func (s *Store[M]) change(ctx context.Context, r Request, c change[M]) (M, error) {
	return once(ctx, s.kit, r, func() (M, error) {
		attempt := func() (M, error) {
			var out M
			err := s.kit.attempt(ctx, r, func(t *Tx) (err error) {
				out, err = s.changeIn(t, r, c)
				return err
			})
			return s.answer(ctx, out, err)
		}
		out, err := attempt()
		switch {
		case !errors.Is(err, errChanged):
			return out, err
		case c.etag != "":
			return s.none(), stale(c.name)
		}
		// After a conflict, writers of the same row wait for a lock, so that none of them fails again and again.
		// Without conflicts the lock is never taken.
		lock := s.kit.rowLock(c.name)
		lock.Lock()
		defer lock.Unlock()
		for range maxAttempts {
			if out, err = attempt(); !errors.Is(err, errChanged) {
				return out, err
			}
		}
		return s.none(), fault.Aborted(c.name, "TOO_MANY_WRITERS", "%q was changed by others each time; try again", c.name)
	}, s.replayed(ctx))
}

func stale(name string) error {
	return fault.Aborted(name, "STALE_ETAG", "%q was changed since the etag was issued", name)
}

// changeIn computes a change and adds it to the writes of t. A rule that changes nothing writes nothing.
func (s *Store[M]) changeIn(t *Tx, r Request, c change[M]) (M, error) {
	current, err := s.load(t.ctx, c.name)
	if err != nil {
		return s.none(), err
	}
	at, err := s.placeOf(t.ctx, current.message)
	if err != nil {
		return s.none(), err
	}
	if !at.seenBy(t.by) {
		return s.none(), fault.NotFound(c.name)
	}
	if c.etag != "" && c.etag != etagOf(current.revision) {
		return s.none(), stale(c.name)
	}
	updated := proto.CloneOf(current.message)
	if err := c.rule(t, current.message, updated); err != nil {
		return s.none(), err
	}
	// An author's answer is refused even if it changes nothing.
	if !answersFor(c.by) && proto.Equal(current.message, updated) {
		return updated, nil
	}
	if err := s.attribute(t, at, current.message, updated, c.by); err != nil {
		return s.none(), err
	}
	if proto.Equal(current.message, updated) {
		return updated, nil
	}
	return s.save(t, at, current, updated, reasonOf(r))
}

// SaveIn adds a changed resource to the writes of t. old is the resource as this store returned it, with its etag and
// creation time. If it was changed since, t writes nothing and InTx runs again. SaveIn returns NOT_FOUND for a row that
// the caller may not change. It must not change the state, which only the transition of a method changes.
func (s *Store[M]) SaveIn(t *Tx, old, updated M) (M, error) {
	name := s.nameOf(old)
	p := old.ProtoReflect()
	revision, ok := revisionOf(p.Get(s.shape.etag).String())
	created, dated := p.Get(s.shape.createTime).Message().Interface().(*timestamppb.Timestamp)
	if !ok || !dated {
		return s.none(), fmt.Errorf("save %s: the message was not read from this store", name)
	}
	if s.nameOf(updated) != name {
		return s.none(), fmt.Errorf("save %s: as %s, which is another resource", name, s.nameOf(updated))
	}
	current := version[M]{message: old, revision: revision, created: created.AsTime()}
	if len(s.shape.personal) > 0 || s.kind.Likeness != nil { // save keeps the stored parts that do not change
		var err error
		if current, err = s.load(t.ctx, name); err != nil {
			return s.none(), err
		}
		if current.revision != revision {
			return s.none(), errChanged
		}
	}
	at, err := s.placeOf(t.ctx, current.message)
	if err != nil {
		return s.none(), err
	}
	if !at.seenBy(t.by) {
		return s.none(), fault.NotFound(name)
	}
	changed := proto.CloneOf(updated)
	if err := s.stayed(name, s.stateOf(current.message), changed); err != nil {
		return s.none(), err
	}
	if err := s.attribute(t, at, current.message, changed, nil); err != nil {
		return s.none(), err
	}
	return s.save(t, at, current, changed, "")
}

// save adds the new version of a row that belongs to a place. The name does not change, and therefore neither does the
// parent.
func (s *Store[M]) save(t *Tx, at *place, current version[M], updated M, reason string) (M, error) {
	name := s.nameOf(current.message)
	if s.kind.Validate != nil {
		if err := s.kind.Validate(updated); err != nil {
			return s.none(), fault.In(s.shape.singular, err)
		}
	}
	to := s.own(updated)
	if to.above = at.above; !to.seenBy(t.by) {
		return s.none(), fault.Denied("OUTSIDE_AREA", "%s would lie outside the caller's area or organization", name)
	}
	if err := s.together(t, name, &current.message, updated); err != nil {
		return s.none(), fault.In(s.shape.singular, err)
	}
	given, err := s.ask(t, name, current, updated, nil)
	if err != nil {
		return s.none(), fault.In(s.shape.singular, err)
	}
	e, err := s.encode(name, updated, current.sealed)
	if err != nil {
		return s.none(), err
	}
	e.acknowledged, e.likeness = given.codes, given.likeness
	revision := current.revision + 1
	// The values in the order of s.update: without the name and the creation time, which do not change.
	v := s.values(name, revision, current.created, t.at, updated, e)
	args := slices.Concat(v[1:2], v[3:], []any{name, current.revision})
	if s.kind.Likeness != nil {
		args = append(args, current.likeness)
	}
	s.leave(t, current.likeness, e.likeness)
	t.pending = append(t.pending, pendingWrite{name, database.Statement{SQL: s.update, Args: args, Rows: 1}})
	s.release(t, current.likeness, e.likeness)
	t.entries = append(t.entries, s.entry(name, revision, e, reason))
	s.stamp(updated, name, revision, current.created, t.at)
	return updated, nil
}

func protoString(v string) protoreflect.Value { return protoreflect.ValueOfString(v) }

// valid checks a changed message against its annotations. For a created message the server has checked them.
func (s *Store[M]) valid(m M, at time.Time) error {
	if err := s.kit.validator.Validate(m); err != nil {
		return fault.Validation(err)
	}
	return s.checkDays(m, at)
}
