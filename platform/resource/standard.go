package resource

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

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

// named returns a copy of a resource with a name, without the fields that callers may not set.
func (s *Store[M]) named(name string, m M) M {
	made := proto.CloneOf(m)
	p := made.ProtoReflect()
	s.shape.clearOutputOnly(p)
	p.Clear(s.shape.etag)
	p.Set(s.shape.name, protoString(name))
	return made
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
	items, err := s.itemsOf(fields, in, 0)
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

// itemsOf returns the rows of a batch, or of a portion that begins with the row number first. It refuses rows with
// another parent.
func (s *Store[M]) itemsOf(b *batchCreation, in protoreflect.Message, first int) ([]item[M], error) {
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
			elsewhere.Row("requests", first+i).Add("parent", "PARENT_DIFFERS", "must be %s, as for the batch", parent)
			continue
		}
		items[i] = s.itemOf(b.each, row)
	}
	return items, elsewhere.Err()
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
