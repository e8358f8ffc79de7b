package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/fault"
)

// path is a field path of a policy, resolved against the request: the fields before the repeated field, the repeated
// field if there is one, and the fields after it down to the string.
type path struct {
	text string // as in the policy; empty if the policy has none
	head []protoreflect.FieldDescriptor
	list protoreflect.FieldDescriptor // nil if the path is not repeated
	tail []protoreflect.FieldDescriptor
}

func compilePath(request protoreflect.MessageDescriptor, text string) (path, error) {
	p := path{text: text}
	if text == "" {
		return p, nil
	}
	at, parts := request, strings.Split(text, ".")
	for i, part := range parts {
		f := at.Fields().ByName(protoreflect.Name(part))
		switch last := i == len(parts)-1; {
		case f == nil:
			return p, fmt.Errorf("path %q: %s has no field %q", text, at.FullName(), part)
		case f.IsMap():
			return p, fmt.Errorf("path %q: %q is a map", text, part)
		case last && f.Kind() != protoreflect.StringKind, !last && f.Kind() != protoreflect.MessageKind:
			return p, fmt.Errorf("path %q: %q is of kind %s", text, part, f.Kind())
		case f.IsList() && p.list != nil:
			return p, fmt.Errorf("path %q: more than one repeated field", text)
		case f.IsList():
			p.head, p.list, p.tail = p.tail, f, nil
		default:
			p.tail = append(p.tail, f)
		}
		at = f.Message()
	}
	return p, nil
}

// value reads the string in an element of the list, or in the request if the path is not repeated.
func (p path) value(v protoreflect.Value) string {
	for _, f := range p.tail {
		v = v.Message().Get(f)
	}
	return v.String()
}

// field returns the path with the index of the element, for violations.
func (p path) field(element int) string {
	if p.list == nil {
		return p.text
	}
	depth, parts := len(p.head), strings.Split(p.text, ".")
	parts[depth] += "[" + strconv.Itoa(element) + "]"
	return strings.Join(parts, ".")
}

// namesResource reports whether the field names an existing resource. A caller from elsewhere may not learn whether it
// exists.
func (p path) namesResource() bool {
	last := p.text[strings.LastIndexByte(p.text, '.')+1:]
	return last == "name" || last == "names"
}

// where holds the two paths of a policy. The zero value imposes no condition.
type where struct{ area, organization path }

func compileWhere(request protoreflect.MessageDescriptor, rule Rule) (where, error) {
	var w where
	var err error
	if w.area, err = compilePath(request, rule.Area); err != nil {
		return w, fmt.Errorf("area: %w", err)
	}
	if w.organization, err = compilePath(request, rule.Organization); err != nil {
		return w, fmt.Errorf("organization: %w", err)
	}
	// One grant must cover both values, so each element must contain both.
	if w.area.text != "" && w.organization.text != "" && !sameList(w.area, w.organization) {
		return w, fmt.Errorf("area %q and organization %q do not run through the same repeated field", w.area.text, w.organization.text)
	}
	return w, nil
}

func sameList(a, b path) bool {
	return a.list == b.list && (a.list == nil || slices.Equal(a.head, b.head))
}

func (w *where) empty() bool { return w.area.text == "" && w.organization.text == "" }

// covering returns the candidates that cover at least one element. It returns an error if an element is covered by
// none; the error names all such elements. Sets of grants are bits of a word, so that nothing is allocated.
func (w *where) covering(request protoreflect.Message, grants []*accessv1.Grant, candidates uint64) (uint64, error) {
	lead := &w.area
	if lead.text == "" {
		lead = &w.organization
	}
	v := protoreflect.ValueOfMessage(request)
	for _, f := range lead.head {
		v = v.Message().Get(f)
	}
	if lead.list == nil {
		return w.element(v, 0, grants, candidates)
	}
	list := v.Message().Get(lead.list).List()
	if list.Len() == 0 {
		return candidates, nil
	}
	var kept uint64
	var refused refusals
	for i := range list.Len() {
		covering, err := w.element(list.Get(i), i, grants, candidates)
		if err != nil && !refused.add(err) {
			return 0, err
		}
		kept |= covering
	}
	return kept, refused.err()
}

// refusals collects the refused elements of a list. The error has the code and the reason of the first.
type refusals struct {
	first      *fault.Error
	violations []fault.Violation
}

// add returns false for an error that cannot include other elements: NOT_FOUND names one resource.
func (r *refusals) add(err error) bool {
	e, ok := fault.From(err)
	if !ok || len(e.Violations()) == 0 {
		return false
	}
	if r.first == nil {
		r.first = e
	}
	r.violations = append(r.violations, e.Violations()...)
	return true
}

func (r *refusals) err() error {
	if r.first == nil {
		return nil
	}
	return r.first.With(r.violations)
}

func (w *where) element(v protoreflect.Value, i int, grants []*accessv1.Grant, candidates uint64) (uint64, error) {
	var area, place, organization, uscc string
	if w.area.text != "" {
		area = w.area.value(v)
		place = AreaOf(area)
	}
	if w.organization.text != "" {
		organization = w.organization.value(v)
		uscc = OrganizationOf(organization)
	}
	var covering, inArea uint64
	for n, g := range grants {
		bit := uint64(1) << n
		if candidates&bit == 0 || w.area.text != "" && !CoversArea(g, place) {
			continue
		}
		inArea |= bit
		if w.organization.text == "" || coversOrganization(g, uscc) {
			covering |= bit
		}
	}
	switch {
	case covering != 0:
		return covering, nil
	case inArea == 0:
		return 0, refuse(w.area, i, area, place, "AREA")
	default:
		return 0, refuse(w.organization, i, organization, uscc, "ORGANIZATION")
	}
}

// refuse returns the error for a caller that has the role, but not for this place or organization.
func refuse(p path, element int, value, code, what string) error {
	field := p.field(element)
	switch {
	case code == "":
		return fault.Invalid(field, what+"_MALFORMED", "does not name the %s concerned", fault.Choice{strings.ToLower(what)})
	case p.namesResource():
		return fault.NotFound(value)
	default:
		return fault.DeniedOne(outside(field, what))
	}
}

func outside(field, what string) fault.Violation {
	v := fault.Violation{Field: field, Reason: "OUTSIDE_" + what, Description: "outside the area of the caller's role", Chinese: "不在角色的管辖区域内"}
	if what == "ORGANIZATION" {
		v.Description, v.Chinese = "outside the organization of the caller's role", "不属于角色所在的社会组织"
	}
	return v
}
