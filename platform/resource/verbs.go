package resource

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// verbs holds the fields of the requests and responses of a kind's standard methods, by the full names of the messages.
// They are read when the store is opened, so that calls do not search descriptors.
type verbs struct {
	creates   map[protoreflect.FullName]*creation
	batches   map[protoreflect.FullName]*batchCreation
	imports   map[protoreflect.FullName]*importFields
	updates   map[protoreflect.FullName]protoreflect.FieldDescriptor // the field with the resource
	batchGets map[protoreflect.FullName]protoreflect.FieldDescriptor // the field of the response with the resources
	pages     map[protoreflect.FullName]*pageFields
}

// creation is a request that creates one resource.
type creation struct {
	message protoreflect.FieldDescriptor
	parent  protoreflect.FieldDescriptor // nil if the names of the kind have no parent
	id      protoreflect.FieldDescriptor // nil if callers do not choose the id
}

// batchCreation is a request that creates many resources, and its response.
type batchCreation struct {
	rows   protoreflect.FieldDescriptor
	each   *creation
	parent protoreflect.FieldDescriptor // nil if only the rows name the parent

	response                  protoreflect.FullName
	items, created, unchanged protoreflect.FieldDescriptor
}

// importFields are the fields of a message of an import's stream, and of its response.
type importFields struct {
	rows             protoreflect.FieldDescriptor
	each             *creation
	progress, result protoreflect.FieldDescriptor
}

// pageFields are the fields of the response to a list.
type pageFields struct{ items, next protoreflect.FieldDescriptor }

// methodsBeside iterates over the methods of the services in the package of a message.
func methodsBeside(kind protoreflect.MessageDescriptor) iter.Seq[protoreflect.MethodDescriptor] {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		protoregistry.GlobalFiles.RangeFilesByPackage(kind.ParentFile().Package(), func(f protoreflect.FileDescriptor) bool {
			for i := range f.Services().Len() {
				methods := f.Services().Get(i).Methods()
				for j := range methods.Len() {
					if !yield(methods.Get(j)) {
						return false
					}
				}
			}
			return true
		})
	}
}

// findVerbs reads the standard methods of the kind. It refuses a method whose request or response lacks a standard
// field.
func (s *Store[M]) findVerbs() error {
	kind := s.blank.ProtoReflect().Descriptor()
	s.verbs = verbs{
		creates: map[protoreflect.FullName]*creation{}, batches: map[protoreflect.FullName]*batchCreation{},
		updates: map[protoreflect.FullName]protoreflect.FieldDescriptor{}, batchGets: map[protoreflect.FullName]protoreflect.FieldDescriptor{},
		pages: map[protoreflect.FullName]*pageFields{}, imports: map[protoreflect.FullName]*importFields{},
	}
	if s.kind.ID == nil && s.kit.NewID == nil {
		return errors.New("it makes no ID, and Deps.NewID is missing")
	}
	one, many := string(kind.Name()), strings.ToUpper(s.shape.collection[:1])+s.shape.collection[1:]
	var faults []error
	for m := range methodsBeside(kind) {
		in, out := m.Input(), m.Output()
		var err error
		switch string(m.Name()) {
		case "Create" + one:
			s.verbs.creates[in.FullName()], err = s.creationOf(in)
		case "BatchCreate" + many:
			s.verbs.batches[in.FullName()], err = s.batchCreationOf(in, out)
		case "Import" + many:
			if m.IsStreamingClient() { // an import with a rule of its own, such as that of an edition, is one request
				s.verbs.imports[in.FullName()], err = s.importOf(in, out)
			}
		case "Update" + one:
			s.verbs.updates[in.FullName()], err = only(in, kind, false)
		case "BatchGet" + many:
			s.verbs.batchGets[out.FullName()], err = only(out, kind, true)
		case "List" + many:
			s.verbs.pages[out.FullName()], err = pageOf(out, kind)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("method %s: %w", m.FullName(), err))
		}
	}
	return errors.Join(faults...)
}

func (s *Store[M]) creationOf(in protoreflect.MessageDescriptor) (*creation, error) {
	message, err := only(in, s.blank.ProtoReflect().Descriptor(), false)
	if err != nil {
		return nil, err
	}
	c := &creation{message: message, id: in.Fields().ByName(message.Name() + "_id")}
	if c.parent, err = s.parentOf(in); err != nil {
		return nil, err
	}
	if c.parent == nil && s.hasParent() {
		return nil, fmt.Errorf("%s has no parent, and names are %q", in.Name(), s.shape.pattern)
	}
	switch {
	case c.id == nil:
	case c.id.Kind() != protoreflect.StringKind || c.id.IsList():
		return nil, fmt.Errorf("%s.%s is not a string", in.Name(), c.id.Name())
	case s.kind.ID != nil:
		return nil, fmt.Errorf("%s has %s, and the kind makes the ID", in.Name(), c.id.Name())
	}
	return c, nil
}

// rowsOf returns the field of a batch or an import with the requests that create one resource each.
func (s *Store[M]) rowsOf(in protoreflect.MessageDescriptor) (protoreflect.FieldDescriptor, *creation, error) {
	rows := in.Fields().ByName("requests")
	if rows == nil || !rows.IsList() || rows.Message() == nil {
		return nil, nil, fmt.Errorf("%s has no repeated requests", in.Name())
	}
	each, err := s.creationOf(rows.Message())
	return rows, each, err
}

func (s *Store[M]) importOf(in, out protoreflect.MessageDescriptor) (f *importFields, err error) {
	f = &importFields{}
	if f.rows, f.each, err = s.rowsOf(in); err != nil {
		return nil, err
	}
	if f.progress, err = only(out, (*resourcev1.ImportProgress)(nil).ProtoReflect().Descriptor(), false); err != nil {
		return nil, err
	}
	f.result, err = only(out, (*resourcev1.ImportResult)(nil).ProtoReflect().Descriptor(), false)
	return f, err
}

func (s *Store[M]) batchCreationOf(in, out protoreflect.MessageDescriptor) (b *batchCreation, err error) {
	b = &batchCreation{response: out.FullName()}
	if b.rows, b.each, err = s.rowsOf(in); err != nil {
		return nil, err
	}
	if b.parent, err = s.parentOf(in); err != nil {
		return nil, err
	}
	if b.items, err = only(out, s.blank.ProtoReflect().Descriptor(), true); err != nil {
		return nil, err
	}
	if b.created, err = field(out, "created_count", protoreflect.Int32Kind); err != nil {
		return nil, err
	}
	b.unchanged, err = field(out, "unchanged_count", protoreflect.Int32Kind)
	return b, err
}

// parentOf returns the field of a request with the parent's name, nil if there is none.
func (s *Store[M]) parentOf(in protoreflect.MessageDescriptor) (protoreflect.FieldDescriptor, error) {
	if in.Fields().ByName("parent") == nil {
		return nil, nil //nolint:nilnil // no field is no error
	}
	if !s.hasParent() {
		return nil, fmt.Errorf("%s has a parent, and names are %q", in.Name(), s.shape.pattern)
	}
	return field(in, "parent", protoreflect.StringKind)
}

func (s *Store[M]) hasParent() bool {
	above, _, _ := cutName(s.shape.pattern)
	return above != ""
}

func pageOf(out, kind protoreflect.MessageDescriptor) (p *pageFields, err error) {
	p = &pageFields{}
	if p.items, err = only(out, kind, true); err != nil {
		return nil, err
	}
	p.next, err = field(out, "next_page_token", protoreflect.StringKind)
	return p, err
}

// only returns the one field of a message that holds the kind, or a list of it.
func only(in, kind protoreflect.MessageDescriptor, list bool) (protoreflect.FieldDescriptor, error) {
	var found []protoreflect.FieldDescriptor
	for i := range in.Fields().Len() {
		f := in.Fields().Get(i)
		if f.Message() != nil && f.Message().FullName() == kind.FullName() && f.IsList() == list {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		repeated := ""
		if list {
			repeated = "repeated "
		}
		return nil, fmt.Errorf("%s has %d fields of type %s%s, want one", in.Name(), len(found), repeated, kind.Name())
	}
	return found[0], nil
}

func field(in protoreflect.MessageDescriptor, name protoreflect.Name, kind protoreflect.Kind) (protoreflect.FieldDescriptor, error) {
	f := in.Fields().ByName(name)
	if f == nil || f.Kind() != kind || f.IsList() {
		return nil, fmt.Errorf("%s has no field %s of type %s", in.Name(), name, kind)
	}
	return f, nil
}

// verbOf returns a message of a standard method, and the fields that were found in it.
func verbOf[F any](of map[protoreflect.FullName]F, m any, verb, table string) (protoreflect.Message, F, error) {
	var none F
	p, ok := m.(proto.Message)
	if !ok {
		return nil, none, fmt.Errorf("%s %s: %T is not a proto message", verb, table, m)
	}
	reflected := p.ProtoReflect()
	fields, ok := of[reflected.Descriptor().FullName()]
	if !ok {
		return nil, none, fmt.Errorf("%s %s: no standard method of the kind has the message %s", verb, table, reflected.Descriptor().FullName())
	}
	return reflected, fields, nil
}
