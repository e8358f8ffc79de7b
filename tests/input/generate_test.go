package input

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// bad is a request with one error.
type bad struct {
	field   string // the path of the wrong field, as in a violation
	what    string
	request proto.Message
	// number replaces a number in the JSON, for values that a proto message cannot hold.
	number string
	// garbled means that the text is sent as bytes that are not UTF-8.
	garbled bool
}

// site is the place of a field in a request.
type site struct {
	root  proto.Message
	steps []step
}

type step struct {
	field protoreflect.FieldDescriptor
	index int // -1 if the field is not repeated
}

func (s site) path() string {
	var parts []string
	for _, st := range s.steps {
		part := string(st.field.Name())
		if st.index >= 0 {
			part += fmt.Sprintf("[%d]", st.index)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ".")
}

func (s site) to(f protoreflect.FieldDescriptor, index int) site {
	return site{s.root, append(slices.Clip(s.steps), step{f, index})}
}

// with returns a copy of the request in which change has changed the field.
func (s site) with(change func(holder protoreflect.Message, f protoreflect.FieldDescriptor, index int)) proto.Message {
	changed := proto.Clone(s.root)
	at := changed.ProtoReflect()
	for _, st := range s.steps[:len(s.steps)-1] {
		if st.index >= 0 {
			at = at.Mutable(st.field).List().Get(st.index).Message()
		} else {
			at = at.Mutable(st.field).Message()
		}
	}
	last := s.steps[len(s.steps)-1]
	change(at, last.field, last.index)
	return changed
}

func (s site) set(v protoreflect.Value) proto.Message {
	return s.with(func(holder protoreflect.Message, f protoreflect.FieldDescriptor, index int) {
		if index >= 0 {
			holder.Mutable(f).List().Set(index, v)
			return
		}
		holder.Set(f, v)
	})
}

// generate returns requests that violate the constraints of a valid request, one at a time.
func generate(request proto.Message) []bad {
	g := &generator{}
	g.message(site{root: request}, request.ProtoReflect())
	return g.cases
}

type generator struct{ cases []bad }

func (g *generator) add(s site, what string, request proto.Message) {
	g.cases = append(g.cases, bad{field: s.path(), what: what, request: request})
}

// message visits the fields of a message that callers may set.
func (g *generator) message(at site, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if ignored(f) {
			continue
		}
		if len(at.steps) == 1 && masked(at.root) != nil && !slices.Contains(masked(at.root), string(f.Name())) {
			continue // an update ignores the field
		}
		rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
		if f.IsList() {
			g.list(at.to(f, -1), m, rules)
			continue
		}
		g.value(at.to(f, -1), m.Get(f), m.Has(f), rules)
	}
}

// masked returns the fields that an update changes; nil for other requests.
func masked(request proto.Message) []string {
	update, ok := request.(interface {
		GetUpdateMask() *fieldmaskpb.FieldMask
	})
	if !ok {
		return nil
	}
	return update.GetUpdateMask().GetPaths()
}

// ignored reports whether callers cannot set a field: the service sets it or derives it.
func ignored(f protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) ||
		slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER) || f.Name() == "etag"
}

func (g *generator) list(at site, m protoreflect.Message, rules *validate.FieldRules) {
	f := at.steps[len(at.steps)-1].field
	items := m.Get(f).List()
	if rules.GetRepeated().GetMinItems() > 0 {
		g.add(at, "empty", at.with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, _ int) { h.Clear(f) }))
	}
	if items.Len() == 0 {
		return
	}
	if most := rules.GetRepeated().GetMaxItems(); most > 0 {
		g.add(at, fmt.Sprintf("more than %d", most), at.with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, _ int) {
			list := h.Mutable(f).List()
			for uint64(list.Len()) <= most {
				list.Append(list.Get(0))
			}
		}))
	}
	at.steps[len(at.steps)-1].index = 0
	g.value(at, items.Get(0), true, rules.GetRepeated().GetItems())
}

func (g *generator) value(at site, v protoreflect.Value, set bool, rules *validate.FieldRules) {
	f := at.steps[len(at.steps)-1].field
	if rules.GetRequired() && at.steps[len(at.steps)-1].index < 0 {
		g.add(at, "missing", at.with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, _ int) { h.Clear(f) }))
	}
	switch f.Kind() {
	case protoreflect.StringKind:
		g.text(at, rules.GetString(), rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE)
	case protoreflect.EnumKind:
		g.choice(at, rules.GetEnum())
	case protoreflect.Int64Kind, protoreflect.Int32Kind:
		g.number(at, rules)
	case protoreflect.MessageKind:
		if !set {
			return
		}
		switch f.Message().FullName() {
		case "google.type.Date":
			g.date(at)
		case "google.protobuf.FieldMask":
			g.mask(at)
		default:
			g.message(at, v.Message())
		}
	default:
	}
}

// text adds values that no text of the contract may have. Control characters that change the reading direction can hide
// the real name.
func (g *generator) text(at site, rules *validate.StringRules, optional bool) {
	put := func(what, text string) { g.add(at, what, at.set(protoreflect.ValueOfString(text))) }
	form := formOf(rules)
	least, most := lengthsOf(rules)
	if !optional && (least > 0 || form != nil && !form.MatchString("")) {
		put("missing", "")
		put("missing but for white space", "\u00a0\u3000\t")
	}
	if most > 0 {
		put(fmt.Sprintf("longer than %d", most), strings.Repeat("长", int(most)+1))
	}
	if form != nil {
		put("of another form", "Ω 1")
		put("far too long", strings.Repeat("9", 10_000))
	}
	if form != nil && form.MatchString(uuid) {
		put("no UUID", uuid[1:])
	}
	for what, text := range map[string]string{
		"with a NUL": "a\x00b", "with a bidirectional control": "a\u202eb", "of a zero-width space alone": "\u200b",
		"with a zero-width joiner": "湖\u200d南", "with a variation selector": "葛\U000e0100", "with a private character": "a\ue000",
		"with an unassigned character": "a\u0378",
	} {
		put(what, text)
	}
	g.cases = append(g.cases, bad{
		field: at.path(), what: "no UTF-8", request: at.set(protoreflect.ValueOfString(placeholder)), garbled: true,
	})
}

const uuid = "12345678-1234-1234-1234-123456789012"

// formOf returns the regular expression in a rule of wancun.resource.v1; nil if there is none.
func formOf(rules *validate.StringRules) *regexp.Regexp {
	if _, rest, ok := strings.Cut(declaredBy(rules), "this.matches('"); ok {
		return regexp.MustCompile(strings.TrimSuffix(rest, "')"))
	}
	return nil
}

// bound matches a length in the expression of a rule of wancun.resource.v1.
var bound = regexp.MustCompile(`this\.size\(\) ([<>])= ([0-9]+)`)

// lengthsOf returns the minimum and maximum length of a text in characters; 0 if there is no bound.
func lengthsOf(rules *validate.StringRules) (least, most uint64) {
	least, most = rules.GetMinLen(), rules.GetMaxLen()
	for _, found := range bound.FindAllStringSubmatch(declaredBy(rules), -1) {
		n, err := strconv.ParseUint(found[2], 10, 64)
		switch {
		case err != nil:
		case found[1] == "<":
			most = n
		default:
			least = n
		}
	}
	return least, most
}

// declaredBy returns the expression of a text's rule of wancun.resource.v1; empty if it has none.
func declaredBy(rules *validate.StringRules) (expression string) {
	rules.ProtoReflect().Range(func(rule protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		of, _ := proto.GetExtension(rule.Options(), validate.E_Predefined).(*validate.PredefinedRules)
		if rule.IsExtension() && len(of.GetCel()) > 0 {
			expression = of.GetCel()[0].GetExpression()
		}
		return true
	})
	return expression
}

// placeholder is replaced by bytes that are not UTF-8 after the request is encoded.
const placeholder = "~~~~~~~~"

func (g *generator) choice(at site, rules *validate.EnumRules) {
	if rules.GetDefinedOnly() {
		g.add(at, "undefined", at.set(protoreflect.ValueOfEnum(9999)))
	}
	for _, n := range rules.GetNotIn() {
		g.add(at, fmt.Sprintf("%d", n), at.set(protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))))
	}
}

func (g *generator) number(at site, rules *validate.FieldRules) {
	put := func(what string, n int64) {
		v := protoreflect.ValueOfInt64(n)
		if at.steps[len(at.steps)-1].field.Kind() == protoreflect.Int32Kind {
			v = protoreflect.ValueOfInt32(int32(n))
		}
		g.add(at, what, at.set(v))
	}
	switch of := rules.GetInt64().GetGreaterThan().(type) {
	case *validate.Int64Rules_Gte:
		put("too small", of.Gte-1)
	case *validate.Int64Rules_Gt:
		put("too small", of.Gt)
		put("negative", -1)
	}
	if of, ok := rules.GetInt64().GetLessThan().(*validate.Int64Rules_Lte); ok {
		put("too large", of.Lte+1)
	}
	if of, ok := rules.GetInt32().GetGreaterThan().(*validate.Int32Rules_Gte); ok {
		put("too small", int64(of.Gte)-1)
	}
	one := protoreflect.ValueOfInt64(marked)
	if at.steps[len(at.steps)-1].field.Kind() == protoreflect.Int32Kind {
		one = protoreflect.ValueOfInt32(marked)
	}
	for _, n := range []string{"9223372036854775808", "1e30", "1.5"} {
		g.cases = append(g.cases, bad{field: at.path(), what: n, request: at.set(one), number: n})
	}
}

// marked is a number that does not occur elsewhere in a request. It is replaced after the request is encoded.
const marked = 271828183

func (g *generator) date(at site) {
	for what, day := range map[string][3]int32{
		"no day": {0, 0, 0}, "of month 13": {2019, 13, 1}, "of day 32": {2019, 1, 32}, "30 February": {2019, 2, 30},
		"of a negative year": {-1, 1, 1}, "of year 10000": {10000, 1, 1}, "without a day": {2019, 5, 0},
	} {
		g.add(at, what, at.with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, _ int) {
			d := h.Mutable(f).Message()
			for i, part := range []protoreflect.Name{"year", "month", "day"} {
				d.Set(d.Descriptor().Fields().ByName(part), protoreflect.ValueOfInt32(day[i]))
			}
		}))
	}
}

func (g *generator) mask(at site) {
	for _, path := range []string{"nothing_of_this_name", "create_time", "*.*"} {
		g.add(at, path, at.with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, _ int) {
			m := h.Mutable(f).Message()
			m.Mutable(m.Descriptor().Fields().ByName("paths")).List().Append(protoreflect.ValueOfString(path))
		}))
	}
}
