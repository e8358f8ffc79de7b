package main

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryFieldKindAndValueOfTheDocumentHasItsLabels(t *testing.T) {
	d := document(t)
	fields, values := 0, 0
	for name, schema := range d.Components.Schemas {
		if !strings.HasPrefix(name, "wancun.") {
			continue
		}
		for _, p := range schema.Properties {
			fields++
			if p.Schema.Title == "" || p.Schema.LabelZh == "" {
				t.Errorf("%s.%s is called %q and %q", name, p.Name, p.Schema.Title, p.Schema.LabelZh)
			}
		}
		for _, value := range schema.Enum {
			values++
			if l := schema.EnumLabels[value.(string)]; l.En == "" || l.Zh == "" {
				t.Errorf("%v of %s is called %+v", value, name, l)
			}
		}
		request := strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Response")
		if schema.Type == "object" && !request && (schema.Title == "" || schema.LabelZh == "") {
			t.Errorf("%s is called %q and %q", name, schema.Title, schema.LabelZh)
		}
	}
	if fields < 200 || values < 50 {
		t.Errorf("only %d fields and %d values were found", fields, values)
	}
	for path, item := range d.Paths {
		for verb, operation := range item.operations() {
			if operation.Label == "" || operation.LabelZh == "" {
				t.Errorf("%s %s is called %q and %q", verb, path, operation.Label, operation.LabelZh)
			}
		}
	}
}

func TestTheDocumentSaysWhichSchemasAreResourcesAndWhatNamesThem(t *testing.T) {
	schemas := document(t).Components.Schemas
	resources := map[string]bool{}
	for _, schema := range schemas {
		resources[schema.Resource] = true
	}
	if !resources["village.wancun/Village"] || !resources["action.wancun/Delivery"] {
		t.Errorf("the resources are %v", resources)
	}
	references := 0
	for name, schema := range schemas {
		for _, p := range schema.Properties {
			if to := p.Schema.Reference; to != "" {
				references++
				if !resources[to] {
					t.Errorf("%s.%s names a %s, which no schema is", name, p.Name, to)
				}
			}
		}
	}
	if references < 10 {
		t.Errorf("only %d references were found", references)
	}
}

func TestTheDocumentSaysByWhichFieldsAListIsFilteredAndOrdered(t *testing.T) {
	want := []string{"display_name", "scope", "start_date", "name", "create_time", "update_time"}
	for _, p := range document(t).Paths["/v1/campaigns"].Get.Parameters {
		if named := p.Name == "filter" || p.Name == "orderBy"; named != slices.Equal(p.Schema.Fields, want) {
			t.Errorf("%s names %v", p.Name, p.Schema.Fields)
		}
	}
}
