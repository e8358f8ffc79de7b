package resource

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
)

// Prepare is what a service has to say of new resources. It is called once for a request, and returns the rule that brings each
// resource to what is stored or refuses it; the fields of the rule's violations are relative to the resource. The rule
// may run several times for one resource, each time on a fresh copy. rows are the resources by their names, without fields
// that callers may not set. Nil has nothing to say.
type Prepare[M proto.Message] func(ctx context.Context, rows func() []M) (rule func(M) error, err error)

// Each is a Prepare whose rule needs nothing but the resource.
func Each[M proto.Message](rule func(context.Context, M) error) Prepare[M] {
	return func(ctx context.Context, _ func() []M) (func(M) error, error) {
		return func(m M) error { return rule(ctx, m) }, nil
	}
}

// Together is a Prepare that first learns for all rows of the request at once what its rule needs. It may also fill in
// fields that callers left out, which then count as given.
func Together[M proto.Message](learn func(ctx context.Context, rows []M) (rule func(M) error, err error)) Prepare[M] {
	return func(ctx context.Context, rows func() []M) (func(M) error, error) { return learn(ctx, rows()) }
}

// Create writes the resource of a request of the kind's Create method. Its name is made of the request's parent, the
// collection and the id: that of [Kind.ID], else the one that the caller chose, else a new one. Output-only fields are cleared and
// the first state is set, then prepare may refuse. ALREADY_EXISTS if the name is taken, NOT_FOUND for an unknown parent.
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

// itemOf is the resource that a request asks to create. The request stays as it is.
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

// given is the resource that a request brings, in its stored form. It must not be changed.
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

// prepare asks a service for its rule. Only if it looks at the rows they are copied.
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

// named is a copy of a resource under its name, without what callers may not set.
func (s *Store[M]) named(name string, m M) M {
	made := proto.CloneOf(m)
	p := made.ProtoReflect()
	s.shape.clearOutputOnly(p)
	p.Clear(s.shape.etag)
	p.Set(s.shape.name, protoString(name))
	return made
}

// BatchCreate writes all resources of a request of the kind's BatchCreate method or none, each as Create would, and answers
// with R. A row that another request creates at the same moment is treated as if it had been there before. Every row's
// violations are reported, not only the first row's, as `requests[12].need.quantity`. With skip_identical, rows that exist with the
// same content are passed over; that leaves out output-only fields, which change after the creation, so that a sheet may be
// uploaded again after its rows were processed. Rows of another parent than the batch's are refused; a parent of `-` admits all.
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

// itemsOf are the rows of a batch, or of a part of one, whose first row has the place first. It refuses those of another parent.
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

// Page answers a request of the kind's List method with R: see [Store.List].
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

// BatchGet answers a request of the kind's BatchGet method with R: see [Store.BatchGet].
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

// put sets resources as a field of a response.
func put[M proto.Message](out protoreflect.Message, f protoreflect.FieldDescriptor, items []M) {
	if len(items) == 0 {
		return
	}
	list := out.Mutable(f).List()
	for _, m := range items {
		list.Append(protoreflect.ValueOfMessage(m.ProtoReflect()))
	}
}

// Update changes the resource that a request of the kind's Update method brings. It writes the masked fields over the stored
// resource of the same name. Immutable and output-only fields cannot be
// masked. Without a mask, output-only fields keep their values, and another value of an immutable field is refused. The
// result is validated whole, by its annotations, by the kind, and by rule, which sees the resource before and after and
// may be nil. An update that changes no field returns the resource as it is and runs no rule. The resource's etag, if set,
// must be current.
func (s *Store[M]) Update(ctx context.Context, r UpdateRequest, rule func(old, updated M) error) (M, error) {
	in, message, err := verbOf(s.verbs.updates, r, "update", s.kind.Table)
	if err != nil {
		return s.none(), err
	}
	return s.updateBy(ctx, r, s.given(in, message), rule)
}
