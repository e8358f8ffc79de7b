package resource

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// Prepare checks and completes new resources for a service. It is called once for a request and returns a rule. The
// rule changes each resource into what is stored, or refuses it; the fields of its violations are relative to the
// resource. The rule may run several times for one resource, each time on a new copy. rows returns the resources with
// their names, without fields that callers may not set. A nil Prepare has no rule.
type Prepare[M proto.Message] func(ctx context.Context, rows func() []M) (rule func(M) error, err error)

// Each returns a Prepare whose rule depends on the resource only.
func Each[M proto.Message](rule func(context.Context, M) error) Prepare[M] {
	return func(ctx context.Context, _ func() []M) (func(M) error, error) {
		return func(m M) error { return rule(ctx, m) }, nil
	}
}

// Together returns a Prepare that first looks up what its rule needs, once for all rows of the request. It may also set
// fields that callers left out; they then count as given.
func Together[M proto.Message](learn func(ctx context.Context, rows []M) (rule func(M) error, err error)) Prepare[M] {
	return func(ctx context.Context, rows func() []M) (func(M) error, error) { return learn(ctx, rows()) }
}

// ByParent is Together for the rows of each parent apart, since a batch may have rows of several. If learn returns an
// error for a parent, it is the error of each of its rows.
func ByParent[M interface {
	proto.Message
	GetName() string
}](learn func(ctx context.Context, parent string, rows []M) (rule func(M) error, err error)) Prepare[M] {
	return Together(func(ctx context.Context, rows []M) (func(M) error, error) {
		of := map[string][]M{}
		for _, m := range rows {
			parent := Parent(m.GetName())
			of[parent] = append(of[parent], m)
		}
		rules := make(map[string]func(M) error, len(of))
		for parent, children := range of {
			rule, err := learn(ctx, parent, children)
			if err != nil {
				rule = func(M) error { return err }
			}
			rules[parent] = rule
		}
		return func(m M) error { return rules[Parent(m.GetName())](m) }, nil
	})
}

// GetRequest requests one resource.
type GetRequest interface{ GetName() string }

// Get returns a resource. It returns NOT_FOUND if the resource does not exist or the caller may not see it.
func (s *Store[M]) Get(ctx context.Context, r GetRequest) (M, error) {
	current, err := s.load(ctx, r.GetName())
	if err != nil {
		return s.none(), err
	}
	by := access.From(ctx)
	visible, err := s.visible(ctx, by, current.message)
	if err != nil {
		return s.none(), err
	}
	if !visible {
		return s.none(), fault.NotFound(r.GetName())
	}
	return current.message, s.show(ctx, by, current.message)
}

// BatchGetRequest requests several resources.
type BatchGetRequest interface{ GetNames() []string }

// BatchGet returns resources in the order of the request, or NOT_FOUND for the first that does not exist or that the
// caller may not see.
func (s *Store[M]) BatchGet(ctx context.Context, r BatchGetRequest) ([]M, error) {
	found, err := s.Peek(ctx, r.GetNames()...)
	if err != nil {
		return nil, err
	}
	out := make([]M, len(r.GetNames()))
	for i, name := range r.GetNames() {
		m, ok := found[name]
		if !ok {
			return nil, fault.NotFound(name)
		}
		out[i] = proto.CloneOf(m)
	}
	places, err := s.placesOf(ctx, out...)
	if err != nil {
		return nil, err
	}
	by := access.From(ctx)
	for i, m := range out {
		if !s.kind.OpenReads && !places[i].seenBy(by) {
			return nil, fault.NotFound(r.GetNames()[i])
		}
		s.showAt(places[i], by, m)
	}
	return out, nil
}

// BatchGet returns the response R to a request of the kind's BatchGet method; see [Store.BatchGet].
func BatchGet[R, M proto.Message](ctx context.Context, s *Store[M], r BatchGetRequest) (R, error) {
	var none R
	out, items, err := verbOf(s.verbs.batchGets, none, "get", s.kind.Table)
	if err != nil {
		return none, err
	}
	found, err := s.BatchGet(ctx, r)
	if err != nil {
		return none, err
	}
	out = out.New()
	put(out, items, found)
	return out.Interface().(R), nil //nolint:forcetypeassert // New returns the type that it is called on
}

// Page returns the response R to a request of the kind's List method; see [Store.List].
func Page[R, M proto.Message](ctx context.Context, s *Store[M], r ListRequest) (R, error) {
	var none R
	out, fields, err := verbOf(s.verbs.pages, none, "list", s.kind.Table)
	if err != nil {
		return none, err
	}
	items, next, err := s.List(ctx, r)
	if err != nil {
		return none, err
	}
	out = out.New()
	put(out, fields.items, items)
	out.Set(fields.next, protoString(next))
	return out.Interface().(R), nil //nolint:forcetypeassert // New returns the type that it is called on
}

// Create writes the resource of a request of the kind's Create method. The name consists of the request's parent, the
// collection and the id: that of [Kind.ID], or the one that the caller chose, or a new one. Create clears output-only
// fields and sets the first state; then prepare may refuse the resource. It returns ALREADY_EXISTS if the name is
// taken, and NOT_FOUND for an unknown parent.
func (s *Store[M]) Create(ctx context.Context, r Request, prepare Prepare[M]) (M, error) {
	in, fields, err := verbOf(s.verbs.creates, r, "create", s.kind.Table)
	if err != nil {
		return s.none(), err
	}
	items := []item[M]{s.itemOf(fields, in)}
	rule, err := s.prepare(ctx, prepare, items)
	if err != nil {
		return s.none(), err
	}
	return s.createNamed(ctx, r, items[0].name, items[0].message, rule)
}

// BatchRequest is a request that creates many resources. With GetSkipIdentical, resources that exist with the same
// content are skipped.
type BatchRequest interface {
	Request
	GetSkipIdentical() bool
}

// BatchCreate writes all resources of a request of the kind's BatchCreate method or none, each as Create does, and
// returns the response R. A row that another request creates at the same time is treated as if it had existed before.
// The error has the violations of all rows, as `requests[12].need.quantity`. With skip_identical, rows that exist with
// the same content are skipped. The comparison leaves out output-only fields, which change later, so that a sheet can
// be uploaded again after its rows were processed.
//
// The parent of each row must be that of the batch. A parent ending in `/-` allows all.
func BatchCreate[R, M proto.Message](ctx context.Context, s *Store[M], r BatchRequest, prepare Prepare[M]) (R, error) {
	var none R
	in, fields, err := verbOf(s.verbs.batches, r, "create", s.kind.Table)
	if err != nil {
		return none, err
	}
	out := none.ProtoReflect().New()
	if got := out.Descriptor().FullName(); got != fields.response {
		return none, fmt.Errorf("create %s: the response is %s, want %s", s.kind.Table, got, fields.response)
	}
	items, err := s.itemsOf(fields, in)
	if err != nil {
		return none, err
	}
	rule, err := s.prepare(ctx, prepare, items)
	if err != nil {
		return none, err
	}
	b, err := s.createBatch(ctx, r, items, rule)
	if err != nil {
		return none, err
	}
	put(out, fields.items, b.items)
	out.Set(fields.created, protoreflect.ValueOfInt32(b.created))
	out.Set(fields.unchanged, protoreflect.ValueOfInt32(b.unchanged))
	return out.Interface().(R), nil //nolint:forcetypeassert // New returns the type that it is called on
}

// UpdateRequest changes the fields in a mask, or without a mask the fields that are set in the message.
type UpdateRequest interface {
	Request
	GetUpdateMask() *fieldmaskpb.FieldMask
}

// Update changes the resource in a request of the kind's Update method: it writes the masked fields over the stored
// resource of the same name. The mask must not contain immutable or output-only fields. Without a mask, output-only
// fields keep their values, and another value of an immutable field is refused. The result is validated as a whole: by
// its annotations, by the kind, and by rule, which receives the resource before and after and may be nil.
//
// An update that changes no field returns the resource without running rule. If the resource has an etag, it must be
// current.
func (s *Store[M]) Update(ctx context.Context, r UpdateRequest, rule func(old, updated M) error) (M, error) {
	in, message, err := verbOf(s.verbs.updates, r, "update", s.kind.Table)
	if err != nil {
		return s.none(), err
	}
	return s.updateBy(ctx, r, s.given(in, message), rule)
}

// ChangeRequest changes one resource. With an etag, the change applies only to the revision with that etag.
type ChangeRequest interface {
	Request
	GetName() string
	GetEtag() string
}

// Mutate performs the custom method of a request: it loads the resource, makes the method's transition, applies rule to
// a copy and saves it. rule may be nil. If another writer was first, all of it runs again on the new revision, so rule
// must depend only on the message, the caller and the time. A request with GetReason stores the reason in the journal.
//
// Errors: NOT_FOUND for a row that the caller may not see. ABORTED for a stale etag. FAILED_PRECONDITION with the
// reason WRONG_STATE in a state from which the method has no transition. If the method is an answer: PERMISSION_DENIED
// with the reason FOUR_EYES for a subject that wrote the row after the last affirmation, and with the reason SAME_PARTY
// for a caller who has only roles of the authors, if the method requires another party.
func (s *Store[M]) Mutate(ctx context.Context, r ChangeRequest, rule func(M) error) (M, error) {
	by, err := s.transitionOf(r)
	if err != nil {
		return s.none(), err
	}
	return s.change(ctx, r, change[M]{
		name: r.GetName(), etag: r.GetEtag(), by: by,
		rule: s.moving(r, by, func(_, updated M) error {
			if rule == nil {
				return nil
			}
			return rule(updated)
		}),
	})
}

// Erase deletes the personal part of a resource permanently: the text, and the salt that connects it to the journal.
// The digest in the journal then reveals nothing. A resource without a personal part does not change.
func (s *Store[M]) Erase(ctx context.Context, r ChangeRequest) (M, error) {
	return s.Mutate(ctx, r, func(updated M) error {
		for _, p := range s.shape.personal {
			updated.ProtoReflect().Clear(p.field)
		}
		return nil
	})
}
