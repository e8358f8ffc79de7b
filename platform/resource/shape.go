package resource

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
)

// shape is what a store reads once from a message's descriptor.
type shape struct {
	pattern    string // "villages/{village}/needs/{need}"
	collection string // "needs"
	singular   string // in snake_case, such as need: the name of the request field with the message

	name       protoreflect.FieldDescriptor
	etag       protoreflect.FieldDescriptor
	createTime protoreflect.FieldDescriptor
	updateTime protoreflect.FieldDescriptor
	personal   []personalField
	outputOnly []protoreflect.FieldDescriptor
	immutable  []protoreflect.FieldDescriptor // top-level fields only

	authors protoreflect.FieldDescriptor   // nil if no transition is an answer
	vetted  []protoreflect.FieldDescriptor // the fields that an answer affirms

	days []dayField

	typeURL string // of the message in the journal
}

// personalField is a top-level field with personal data, and the roles that may read it.
type personalField struct {
	field protoreflect.FieldDescriptor
	roles []accessv1.Grant_Role
}

// shapeOf reads a message's annotations. It returns an error for a message that a store cannot store, so that the
// mistake is found when the service starts.
func shapeOf(m proto.Message) (*shape, error) {
	d := m.ProtoReflect().Descriptor()
	r, ok := proto.GetExtension(d.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	if !ok || r == nil || len(r.GetPattern()) != 1 || r.GetSingular() == "" {
		return nil, fmt.Errorf("message %s: want one google.api.resource pattern and a singular", d.FullName())
	}
	segments := strings.Split(r.GetPattern()[0], "/")
	if len(segments)%2 != 0 {
		return nil, fmt.Errorf("message %s: pattern %q does not end in an id", d.FullName(), r.GetPattern()[0])
	}
	s := &shape{
		pattern: r.GetPattern()[0], collection: segments[len(segments)-2], singular: snake(r.GetSingular()),
		typeURL: "type.googleapis.com/" + string(d.FullName()), days: dayFieldsOf(d),
	}
	for _, f := range []struct {
		name string
		kind protoreflect.Kind
		to   *protoreflect.FieldDescriptor
	}{
		{"name", protoreflect.StringKind, &s.name},
		{"etag", protoreflect.StringKind, &s.etag},
		{"create_time", protoreflect.MessageKind, &s.createTime},
		{"update_time", protoreflect.MessageKind, &s.updateTime},
	} {
		fd := d.Fields().ByName(protoreflect.Name(f.name))
		if fd == nil || fd.Kind() != f.kind {
			return nil, fmt.Errorf("message %s: field %s is missing or of the wrong type", d.FullName(), f.name)
		}
		*f.to = fd
	}
	if err := s.findPersonal(d); err != nil {
		return nil, err
	}
	if err := s.findVetted(d); err != nil {
		return nil, err
	}
	if err := s.findBehaviors(d); err != nil {
		return nil, err
	}
	return s, nil
}

// snake converts lowerCamelCase to snake_case.
func snake(camel string) string {
	var out strings.Builder
	for _, c := range camel {
		if unicode.IsUpper(c) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(c))
	}
	return out.String()
}

func (s *shape) findBehaviors(d protoreflect.MessageDescriptor) error {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if fieldbehavior.Has(f, annotations.FieldBehavior_IMMUTABLE) {
			s.immutable = append(s.immutable, f)
		}
		switch {
		case isOutputOnly(f):
			s.outputOnly = append(s.outputOnly, f)
		case f.Message() != nil && holds(f.Message(), isOutputOnly, nil):
			return fmt.Errorf("field %s: output-only fields must stand at the top of a resource", f.FullName())
		}
	}
	return nil
}

// findVetted finds the field authors and the vetted fields.
func (s *shape) findVetted(d protoreflect.MessageDescriptor) error {
	author := (*resourcev1.Author)(nil).ProtoReflect().Descriptor().FullName()
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		switch {
		case f.Name() != "authors":
		case !f.IsList() || f.Message() == nil || f.Message().FullName() != author || !isOutputOnly(f):
			return fmt.Errorf("field %s: want `repeated %s`, output-only", f.FullName(), author)
		default:
			s.authors = f
		}
		switch vetted, _ := proto.GetExtension(f.Options(), resourcev1.E_Vetted).(bool); {
		case vetted:
			s.vetted = append(s.vetted, f)
		case f.Message() != nil && !f.IsMap() && holds(f.Message(), isVetted, nil):
			return fmt.Errorf("field %s: vetted fields must stand at the top of a resource", f.FullName())
		}
	}
	return nil
}

func isVetted(f protoreflect.FieldDescriptor) bool {
	return proto.HasExtension(f.Options(), resourcev1.E_Vetted)
}

func isOutputOnly(f protoreflect.FieldDescriptor) bool {
	return fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY)
}

// clearOutputOnly clears the fields that only the service may set.
func (s *shape) clearOutputOnly(m protoreflect.Message) {
	for _, f := range s.outputOnly {
		m.Clear(f)
	}
}

func (s *shape) findPersonal(d protoreflect.MessageDescriptor) error {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		readers, err := access.ReadersOf(f)
		if err != nil {
			return fmt.Errorf("field %s: personal data: %w", f.FullName(), err)
		}
		if readers != nil {
			s.personal = append(s.personal, personalField{f, readers})
			continue
		}
		if f.Message() != nil && holds(f.Message(), isPersonal, nil) {
			return fmt.Errorf("field %s: personal fields must stand at the top of a resource", f.FullName())
		}
	}
	return nil
}

func isPersonal(f protoreflect.FieldDescriptor) bool {
	return proto.HasExtension(f.Options(), accessv1.E_Personal)
}

// holds reports whether a message, or a message in it, has a field for which sort returns true.
func holds(d protoreflect.MessageDescriptor, sort func(protoreflect.FieldDescriptor) bool, seen []protoreflect.FullName) bool {
	if slices.Contains(seen, d.FullName()) {
		return false
	}
	seen = append(seen, d.FullName())
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if sort(f) || f.Message() != nil && holds(f.Message(), sort, seen) {
			return true
		}
	}
	return false
}

// underParent returns the prefix of the names of a parent's children: for `villages/433124001201` it is
// `villages/433124001201/needs/`. It returns "" if the parent is empty or ends in `/-`, which means any.
func (s *shape) underParent(parent string) string {
	if parent == "" || strings.HasSuffix(parent, "/-") {
		return ""
	}
	return parent + "/" + s.collection + "/"
}
