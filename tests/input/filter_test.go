package input

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
)

// list is a list RPC with a filter, called over gRPC and REST.
type list struct {
	stage
	*testing.T
	method protoreflect.MethodDescriptor
	items  protoreflect.FieldDescriptor // of the response
	token  string
}

// lists returns all List methods whose request has a filter.
func lists(t *testing.T, s stage) []list {
	t.Helper()
	var all []list
	for _, m := range suite.Methods() {
		if !strings.HasPrefix(string(m.Name()), "List") || m.Input().Fields().ByName("filter") == nil {
			continue
		}
		for i := range m.Output().Fields().Len() {
			if f := m.Output().Fields().Get(i); f.IsList() && f.Message() != nil {
				all = append(all, list{s, t, m, f, s.token(t, m)})
			}
		}
	}
	if len(all) < 8 {
		t.Errorf("only %d lists have a filter", len(all))
	}
	return all
}

// request returns a request for all items, with one field set.
func (l list) request(field, value string) proto.Message {
	r := proto.Clone(l.requests[suite.Name(l.method)]).ProtoReflect()
	fields := r.Descriptor().Fields()
	for _, name := range []protoreflect.Name{"filter", "order_by", "page_size"} {
		r.Clear(fields.ByName(name))
	}
	if parent := fields.ByName("parent"); parent != nil {
		collection, _, _ := strings.Cut(r.Get(parent).String(), "/")
		r.Set(parent, protoreflect.ValueOfString(collection+"/-"))
	}
	r.Set(fields.ByName(protoreflect.Name(field)), protoreflect.ValueOfString(value))
	return r.Interface()
}

// found returns the names of the items that match a filter, and the first item. It fails the test if gRPC and REST
// differ.
func (l list) found(filter string) ([]string, protoreflect.Message) {
	l.Helper()
	r := l.request("filter", filter)
	answer, err := l.Call(suite.WithToken(l.Context(), l.token), l.method, r)
	if err != nil {
		l.Errorf("%s with %s: %v", suite.Name(l.method), filter, err)
		return nil, nil
	}
	over := answer.ProtoReflect().New()
	l.Do(l.T, authorized(suite.Route(l.T, l.method, r), l.token)).Into(l.T, over.Interface())
	names, overNames := l.names(answer.ProtoReflect()), l.names(over)
	if !slices.Equal(names, overNames) {
		l.Errorf("%s with %s finds %v, and over REST %v", suite.Name(l.method), filter, names, overNames)
	}
	if len(names) == 0 {
		return nil, nil
	}
	return names, answer.ProtoReflect().Get(l.items).List().Get(0).Message()
}

func (l list) names(answer protoreflect.Message) []string {
	items := answer.Get(l.items).List()
	names := make([]string, items.Len())
	for i := range names {
		names[i] = items.Get(i).Message().Get(l.items.Message().Fields().ByName("name")).String()
	}
	return names
}

// refused returns the violation for a value of a request field. It fails the test unless gRPC and REST both report it,
// REST under the name of the URL parameter.
func (l list) refused(field, value string) fault.Violation {
	l.Helper()
	r := l.request(field, value)
	_, err := l.Call(suite.WithToken(l.Context(), l.token), l.method, r)
	e, ok := fault.From(err)
	if !ok || e.Code() != codes.InvalidArgument || len(e.Violations()) != 1 || e.Violations()[0].Field != field || e.Violations()[0].Chinese == "" {
		l.Errorf("%s with %s %s: %v, want INVALID_ARGUMENT at %[2]s, also in Chinese", suite.Name(l.method), field, value, err)
		return fault.Violation{}
	}
	v := e.Violations()[0]
	parameter := l.method.Input().Fields().ByName(protoreflect.Name(field)).JSONName()
	answer := l.Do(l.T, authorized(suite.Route(l.T, l.method, r), l.token))
	p := answer.Problem(l.T)
	if answer.Status != http.StatusBadRequest || len(p.Errors) != 1 || p.Errors[0].Parameter != parameter || p.Detail != parameter+": "+v.Description {
		l.Errorf("%s with %s %s over REST: %d %s, want 400 at %s: %s", suite.Name(l.method), field, value, answer.Status, answer.Body, parameter, v.Description)
	}
	return v
}

var listed = regexp.MustCompile(`there are ([a-z_, ]+) \(at character 1\)$`)

// fields returns the fields that the list can be filtered by, as listed in the refusal of an unknown field.
func (l list) fields() []string {
	l.Helper()
	v := l.refused("filter", "create_us > 1")
	found := listed.FindStringSubmatch(v.Description)
	if found == nil {
		l.Errorf("%s refuses another field with %q, which lists none", suite.Name(l.method), v.Description)
		return nil
	}
	return strings.Split(found[1], ", ")
}

// Consoles offer the fields that the contract names, so the service must accept exactly these.
func TestAListIsFilteredByTheFieldsThatTheContractNames(t *testing.T) {
	for _, l := range lists(t, open(t, suite.Options{})) {
		declared, _ := proto.GetExtension(l.method.Input().Fields().ByName("filter").Options(), resourcev1.E_Filterable).(*resourcev1.Filterable)
		want := append([]string{"name", "create_time", "update_time"}, declared.GetFields()...)
		slices.Sort(want)
		if got := l.fields(); !slices.Equal(got, want) {
			t.Errorf("%s is filtered by %v; the option filterable, with what every list has, says %v", suite.Name(l.method), got, want)
		}
	}
}

func TestAFilterFindsWhatItsValueIsOrIsRefused(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := open(t, o)
		for _, l := range lists(t, s) {
			_, first := l.found("")
			if first == nil {
				t.Errorf("%s: there is nothing to find", suite.Name(l.method))
				continue
			}
			name := first.Get(l.items.Message().Fields().ByName("name")).String()
			for _, field := range l.fields() {
				f := l.items.Message().Fields().ByName(protoreflect.Name(field))
				if literal := literalOf(f, first); literal != "" {
					for _, filter := range []string{field + " = " + literal, "NOT " + field + " != " + literal} {
						if found, _ := l.found(filter); !slices.Contains(found, name) {
							t.Errorf("%s with %s finds %v, and not %s", suite.Name(l.method), filter, found, name)
						}
					}
				}
				for _, nonsense := range impossible(f) {
					v := l.refused("filter", field+nonsense)
					if !strings.Contains(v.Description, field+" ") || strings.Contains(v.Description, "_us") {
						t.Errorf("%s with %s%s: %q does not name the field", suite.Name(l.method), field, nonsense, v.Description)
					}
				}
			}
		}
	})
}

// literalOf returns the value of a field as a filter literal; "" if the message has no such field, as for computed
// columns.
func literalOf(f protoreflect.FieldDescriptor, m protoreflect.Message) string {
	switch {
	case f == nil:
		return ""
	case f.Kind() == protoreflect.StringKind:
		return strconv.Quote(m.Get(f).String())
	case f.Kind() == protoreflect.EnumKind:
		return string(f.Enum().Values().ByNumber(m.Get(f).Enum()).Name())
	case f.Message() == nil:
		return m.Get(f).String()
	}
	switch v := m.Get(f).Message().Interface().(type) {
	case *date.Date:
		return strconv.Quote(day.Number(v).String())
	case *timestamppb.Timestamp:
		return strconv.Quote(v.AsTime().Format(time.RFC3339Nano))
	}
	return ""
}

// impossible returns comparisons that no value of a field satisfies. A text without a rule can have any value.
func impossible(f protoreflect.FieldDescriptor) []string {
	switch {
	case f == nil:
		return []string{` = "没有"`, ` = 12.5`}
	case f.Kind() == protoreflect.EnumKind:
		return []string{` = NOTHING`, ` != "NOTHING"`, ` > NOTHING`, `:"N"`}
	case f.Kind() == protoreflect.BoolKind:
		return []string{` = "yes"`, ` > true`, `:"t"`}
	case f.Kind() != protoreflect.StringKind:
		return []string{` = "2019-02-30"`, ` >= "soon"`, `:"2019"`}
	}
	rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	ruled := f.Name() == "name" // the rule is on the field of the Get request
	rules.GetString().ProtoReflect().Range(func(r protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		ruled = ruled || r.IsExtension()
		return true
	})
	if !ruled {
		return []string{` = 3`, ` = "a*b*c"`, ` = "\u200b"`}
	}
	return []string{` = "没有"`, ` != "没有"`, ` = "没有*"`, ` = "*没有"`, ` >= "没有"`, `:"没有"`, ` = 3`}
}

func TestAnOrderAndAPageTokenAreRefusedByTheNameThatTheCallerWrites(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := open(t, o)
		for _, l := range lists(t, s) {
			for _, order := range []string{"create_us", "name, revision desc", "name,,"} {
				if v := l.refused("order_by", order); order == "create_us" && !strings.Contains(v.Description, "create_time") {
					t.Errorf("%s ordered by %s is refused with %q, which does not say what there is", suite.Name(l.method), order, v.Description)
				}
			}
			l.refused("page_token", "AQ")
		}
	})
}

// TestTheDocumentSaysByWhatListsFilter compares the fields of each list with those in its description.
func TestTheDocumentSaysByWhatListsFilter(t *testing.T) {
	s := open(t, suite.Options{})
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(s.Do(t, suite.Request{Verb: http.MethodGet, Path: "/openapi.json"}).Body, &document); err != nil {
		t.Fatal(err)
	}
	said := map[string][]string{}
	for _, verbs := range document.Paths {
		var get struct {
			ID         string                               `json:"operationId"`
			Parameters []struct{ Name, Description string } `json:"parameters"`
		}
		if verbs["get"] == nil {
			continue
		}
		if err := json.Unmarshal(verbs["get"], &get); err != nil {
			t.Fatal(err)
		}
		for _, p := range get.Parameters {
			if p.Name == "filter" {
				_, fields, _ := strings.Cut(p.Description, "Over ")
				fields, _, _ = strings.Cut(fields, ". ")
				said[strings.ReplaceAll(get.ID, "_", ".")] = quoted(fields)
			}
		}
	}
	for _, l := range lists(t, s) {
		want, got := l.fields(), said[suite.Name(l.method)]
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s filters by %v, and its description says %v", suite.Name(l.method), want, got)
		}
	}
}

var ticked = regexp.MustCompile("`([a-z_]+)`")

func quoted(text string) []string {
	var names []string
	for _, found := range ticked.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}
