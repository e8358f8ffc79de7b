package resource

import (
	"fmt"
	"net/http"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/route"
	"github.com/wancun/wancun/platform/text"
)

// newFilters returns the fields by which callers filter and order: the public columns, and the name and the times that
// every kind has.
func (s *Store[M]) newFilters() (filters, error) {
	name, err := s.nameValues()
	if err != nil {
		return nil, err
	}
	all := filters{
		"name":        {name: "name", column: "name", typ: textColumn, values: name},
		"create_time": {name: "create_time", column: "create_us", typ: timestampColumn},
		"update_time": {name: "update_time", column: "update_us", typ: timestampColumn},
	}
	for _, c := range s.settled {
		if c.internal {
			continue
		}
		field := s.blank.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(c.name))
		if !c.holds(field) {
			field = nil
		}
		if c.typ == textColumn && c.rule == nil && field == nil {
			continue // not public
		}
		v, err := s.valuesOf(field, c.rule, c.normal)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		v.enum = c.enum
		all[c.name] = filterField{name: c.name, column: c.name, typ: c.typ, values: v}
		if c.searched {
			f := all[c.name]
			f.search = &search{table: s.kind.Table, column: gramsOf(c.name)}
			all[c.name] = f
		}
	}
	return all, nil
}

// holds reports whether a column has the type of a field, and therefore holds the field's values.
func (c Column[M]) holds(f protoreflect.FieldDescriptor) bool {
	if f == nil || f.IsList() || f.IsMap() {
		return false
	}
	switch c.typ {
	case textColumn:
		return f.Kind() == protoreflect.StringKind
	case integerColumn:
		return f.Kind() == protoreflect.Int64Kind || f.Kind() == protoreflect.Int32Kind
	case enumColumn:
		return f.Kind() == protoreflect.EnumKind && f.Enum().FullName() == c.enum.Descriptor().FullName()
	case booleanColumn:
		return f.Kind() == protoreflect.BoolKind
	case dateColumn: // a literal has its own format; the field decides whether it may be absent
		return f.Message() != nil && f.Message().FullName() == "google.type.Date"
	case timestampColumn: // a literal has its own format, and no constraint restricts it
	}
	return false
}

// valuesOf returns the values that a field can hold, and the rule that its texts follow.
func (s *Store[M]) valuesOf(field protoreflect.FieldDescriptor, declared protoreflect.ExtensionType, normal func(string) string) (values, error) {
	v := values{validator: s.kit.validator, field: field, texts: texts{normal: normal}}
	var err error
	if field != nil {
		v.blank = s.blank.ProtoReflect()
		v.texts.form = text.FormOf(field)
		v.texts.rule, err = ruleOfField(field)
	}
	if declared != nil && err == nil {
		v.texts.extra = true
		v.texts.rule, err = ruleOf(declared.TypeDescriptor())
	}
	return v, err
}

// nameValues returns the values of the kind's names, from the constraints of the Get method's name field.
func (s *Store[M]) nameValues() (values, error) {
	d := s.blank.ProtoReflect().Descriptor()
	path := route.Rule{Template: s.shape.pattern}.Path() // a resource pattern has the syntax of a path
	var found protoreflect.FieldDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage(d.ParentFile().Package(), func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				rule, _ := route.Of(m)
				if name := m.Input().Fields().ByName("name"); name != nil && m.Output().FullName() == d.FullName() &&
					rule.Verb == http.MethodGet && rule.Resource() == path {
					found = name
				}
			}
		}
		return found == nil
	})
	if found == nil {
		return values{}, nil
	}
	r, err := ruleOfField(found)
	return values{texts: texts{rule: r, extra: r != nil}}, err
}
