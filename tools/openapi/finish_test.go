package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

func TestPathVariablesAreCalledAfterTheResourcePatterns(t *testing.T) {
	c := contract(t)
	for id, want := range map[string]Route{
		"NeedService_GetNeed": {"get", "/v1/villages/{village}/needs/{need}", []Variable{
			{"village", "name", "^[0-9]{12}$"}, {"need", "name", "^[0-9a-f-]{36}$"},
		}},
		"NeedService_ListNeeds": {"get", "/v1/villages/{village}/needs", []Variable{
			{"village", "parent", "^([0-9]{12}|-)$"},
		}},
		"NeedService_UpdateNeed": {"patch", "/v1/villages/{village}/needs/{need}", []Variable{
			{"village", "need.name", ""}, {"need", "need.name", ""},
		}},
		"BulletinService_ListFigureEntries": {"get", "/v1/campaigns/{campaign}/figures/{figure}/entries", []Variable{
			{"campaign", "parent", "^[a-z][a-z0-9-]{0,62}$"}, {"figure", "parent", "^[A-Z][A-Z0-9]{0,15}$"},
		}},
		"NeedService_BatchCreateNeeds": {"post", "/v1/villages/{village}/needs:batchCreate", []Variable{
			{"village", "parent", "^([0-9]{12}|-)$"},
		}},
	} {
		got, err := c.Route(c.methods[id])
		if err != nil {
			t.Errorf("Route(%s): %v", id, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Route(%s) (-want +got):\n%s", id, diff)
		}
	}
}

func TestAConstraintThatDoesNotFitTheTemplateAsksNothingOfThePath(t *testing.T) {
	template := []string{"villages", "*"}
	for pattern, want := range map[string]string{
		"^villages/[0-9]{12}$":    "^[0-9]{12}$",
		"^(villages/[0-9]{12})?$": "",
		"^villages/[0-9]{12}/x$":  "",
		"^towns/[0-9]{12}$":       "",
		"":                        "",
	} {
		rules := &validate.FieldRules{Type: &validate.FieldRules_String_{
			String_: &validate.StringRules{Pattern: proto.String(pattern)},
		}}
		if got := segmentPatterns(rules, template)[1]; got != want {
			t.Errorf("segmentPatterns(%q) = %q, want %q", pattern, got, want)
		}
	}
}

func TestTheFormThatEachRuleAsksForIsRead(t *testing.T) {
	n := 0
	protoregistry.GlobalTypes.RangeExtensionsByMessage("buf.validate.StringRules", func(rule protoreflect.ExtensionType) bool {
		n++
		rules := &validate.StringRules{}
		proto.SetExtension(rules, rule, true)
		var schema Schema
		if constrainText(&schema, rules); schema.Pattern == "" && schema.MaxLength == nil && schema.Format == "" {
			t.Errorf("%s: the document cannot say which form it asks for", rule.TypeDescriptor().FullName())
		}
		return true
	})
	if n < 20 {
		t.Errorf("there are only %d rules", n)
	}
}

func TestConstraintsOfFieldsAreInTheSchemas(t *testing.T) {
	schemas := document(t).Components.Schemas
	property := func(message, name string) *Schema {
		for _, p := range schemas[message].Properties {
			if p.Name == name {
				return p.Schema
			}
		}
		t.Fatalf("%s has no property %s", message, name)
		return nil
	}
	for _, c := range []struct {
		message, name string
		want          Schema
	}{
		{"wancun.village.v1.Need", "category", Schema{
			Type: "string", Title: "Category", LabelZh: "需求类别", Pattern: "^[a-z][a-z0-9_]{0,62}$",
		}},
		{"wancun.village.v1.Need", "description", Schema{Type: "string", Title: "Description", LabelZh: "需求说明", MaxLength: proto.Uint64(2000), Lines: true}},
		{"wancun.village.v1.Need", "quantity", Schema{
			Type: "string", Title: "Quantity", LabelZh: "数量", UnitNamedBy: "unit",
			Format: "int64", Pattern: "^[0-9]+$", ExclusiveMinimum64: "0", Maximum64: "1000000000000", PlausibleMaximum: "100000",
		}},
		{"wancun.org.v1.Contact", "phone", Schema{
			Type: "string", Title: "Phone", LabelZh: "联系电话", Pattern: "^([+]?[0-9][0-9 -]{4,24})?$",
		}},
		{"wancun.village.v1.CreateNeedRequest", "requestId", Schema{Type: "string", Title: "Request ID", LabelZh: "请求标识", Format: "uuid"}},
		{"wancun.action.v1.Delivery", "village", Schema{
			Type: "string", Title: "Village", LabelZh: "村", Reference: "village.wancun/Village", Immutable: true, Pattern: "^villages/[0-9]{12}$",
		}},
		{"wancun.action.v1.Delivery", "valueFen", Schema{
			Type: "string", Title: "Value", LabelZh: "价值", Unit: "FEN",
			Format: "int64", Pattern: "^[0-9]+$", Minimum64: "0", Maximum64: "1000000000000000", Vetted: true, PlausibleMaximum: "1000000000",
		}},
	} {
		got := *property(c.message, c.name)
		got.Description = ""
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s.%s (-want +got):\n%s", c.message, c.name, diff)
		}
	}
}

func TestTheStatesOfAResourceAreInItsSchema(t *testing.T) {
	schemas := document(t).Components.Schemas
	want := []Transition{
		{Operation: "NeedService_CreateNeed", To: "DRAFT"},
		{Operation: "NeedService_UpdateNeed", From: []string{"DRAFT", "RETURNED"}},
		{Operation: "NeedService_SubmitNeed", From: []string{"DRAFT", "RETURNED"}, To: "SUBMITTED", Clears: []string{"returnReason"}},
		{Operation: "NeedService_VerifyNeed", From: []string{"SUBMITTED"}, To: "VERIFIED", Answer: "AFFIRMS", Who: "verifiedBy"},
		{Operation: "NeedService_ReturnNeed", From: []string{"SUBMITTED"}, To: "RETURNED", Answer: "DENIES", Why: "returnReason"},
	}
	if diff := cmp.Diff(want, schemas["wancun.village.v1.Need"].Transitions); diff != "" {
		t.Errorf("transitions of a need (-want +got):\n%s", diff)
	}
	if got := schemas["wancun.village.v1.Village"].Transitions; got != nil {
		t.Errorf("a village has no state, and the transitions %v", got)
	}
}

func TestAStreamIsDescribedAsItIsSent(t *testing.T) {
	c, d := contract(t), document(t)
	streams := 0
	for path, item := range d.Paths {
		for verb, operation := range item.operations() {
			method := c.methods[operation.OperationID]
			content := operation.Responses["200"].Content
			if !method.IsStreamingServer() {
				if _, lines := content["application/x-ndjson"]; lines {
					t.Errorf("%s %s is no stream and described as one", verb, path)
				}
				continue
			}
			streams++
			if got := slices.Sorted(maps.Keys(content)); !slices.Equal(got, []string{"application/x-ndjson", "text/event-stream"}) {
				t.Fatalf("%s %s comes as %v", verb, path, got)
			}
			line := content["application/x-ndjson"].Schema
			want := Properties{{"error", reference(problem)}, {"result", reference(string(method.Output().FullName()))}}
			if diff := cmp.Diff(want, line.Properties); diff != "" {
				t.Errorf("a line of %s %s (-want +got):\n%s", verb, path, diff)
			}
			if got := content["text/event-stream"].Schema.Type; got != "string" {
				t.Errorf("the events of %s %s are of type %v", verb, path, got)
			}
		}
	}
	if streams == 0 {
		t.Error("there is no stream in the document")
	}
}

func TestAPatchRequiresNothing(t *testing.T) {
	d := document(t)
	body := d.Paths["/v1/villages/{village}/needs/{need}"].Patch.RequestBody.Content["application/json"].Schema
	schema := d.Components.Schemas[strings.TrimPrefix(body.Ref, components)]
	if schema == nil || len(schema.Required) > 0 {
		t.Errorf("the body of a PATCH, %s, is %+v; want a schema that requires nothing", body.Ref, schema)
	}
}

func TestTwoOperationsOnOneRouteAreRefused(t *testing.T) {
	operation := func() *Operation {
		return &Operation{OperationID: "NeedService_GetNeed", Responses: map[string]*Response{}}
	}
	part := func() *Document { return &Document{Paths: map[string]*PathItem{"/v1/{x}": {Get: operation()}}} }
	_, err := Finish(contract(t), []*Document{part(), part()})
	if err == nil || !strings.Contains(err.Error(), "share the route get /v1/villages/{village}/needs/{need}") {
		t.Errorf("Finish = %v, want the route named", err)
	}
}

func TestWhatThePluginSaysAndTheTypesDoNotHoldIsRefused(t *testing.T) {
	if err := decode([]byte(`{"properties":{"a":{"type":"string","discriminator":{}}}}`), &Schema{}); err == nil {
		t.Error("decode took an unknown keyword inside a property")
	}
}

func TestPropertiesKeepTheirOrder(t *testing.T) {
	got, err := json.Marshal(Schema{Properties: Properties{{"b", &Schema{Type: "string"}}, {"a", &Schema{}}}})
	if want := `{"properties":{"b":{"type":"string"},"a":{}}}`; err != nil || string(got) != want {
		t.Errorf("Marshal = %s, %v; want %s", got, err, want)
	}
}
