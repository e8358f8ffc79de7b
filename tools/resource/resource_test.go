package main

import (
	"strings"
	"testing"
	"time"
)

const root = "../.."

func TestANameHasItsForms(t *testing.T) {
	n := names{Name: "PartyBranch", Plural: plural("PartyBranch")}
	for got, want := range map[string]string{
		n.Package(): "partybranch", n.Lower(): "partyBranch", n.Snake(): "party_branch", n.Words(): "party branch",
		n.LowerPlural(): "partyBranches", n.SnakePlural(): "party_branches", n.WordsPlural(): "party branches",
		plural("Activity"): "Activities", plural("Survey"): "Surveys", plural("Team"): "Teams",
		article(n.Words()): "a party branch", article("organization"): "an organization",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAnArgumentThatCannotBeRightIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		wish
		says string
	}{
		"nothing":                      {wish{}, "give SERVICE and NAME"},
		"an unknown service":           {wish{Service: "nowhere", Name: "Team"}, "SERVICE=nowhere"},
		"a path for a service":         {wish{Service: "../services/org", Name: "Team"}, "there is no such service"},
		"a name that is no message's":  {wish{Service: "org", Name: "team_member"}, "UpperCamelCase"},
		"the name of another resource": {wish{Service: "village", Name: "Organization"}, "has this name"},
		"a parent that is not there":   {wish{Service: "org", Name: "Team", Parent: "unions"}, "PARENT=unions"},
		"a parent of another service":  {wish{Service: "org", Name: "Team", Parent: "villages"}, "PARENT=villages"},
		"an end that is no verb":       {wish{Service: "org", Name: "Team", End: "Dissolve!"}, "END=Dissolve!"},
		"a parent that has a parent":   {wish{Service: "village", Name: "Team", Parent: "needs"}, "PARENT=needs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newResource(&tree{root: root, changed: map[string]string{}}, c.wish)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}

func TestEveryServiceTakesAResource(t *testing.T) {
	for service, parent := range map[string]string{"org": "organizations", "village": "villages", "action": "campaigns", "report": ""} {
		for _, parent := range []string{parent, ""} {
			tr := &tree{root: root, changed: map[string]string{}}
			r, err := newResource(tr, wish{Service: service, Name: "TestThing", Parent: parent})
			if err != nil {
				t.Errorf("%s, %q: %v", service, parent, err)
				continue
			}
			if err := r.write(tr, time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)); err != nil {
				t.Errorf("%s, %q: %v", service, parent, err)
			}
			if _, there := tr.changed["services/"+service+"/migrations/20261130090000_test_things.sql"]; !there || len(tr.changed) != 16 {
				t.Errorf("%s, %q: %d files change", service, parent, len(tr.changed))
			}
			for path, text := range tr.changed {
				if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.Contains(text, "<no value>") {
					t.Errorf("%s ends without a line break, or with two", path)
				}
			}
		}
	}
}

func TestAParentBindsItsChildren(t *testing.T) {
	tr := &tree{root: root, changed: map[string]string{}}
	r, err := newResource(tr, wish{"org", "TestThing", "organizations", "测试", "close"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.write(tr, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for path, line := range map[string]string{
		"tests/access/expectations/test_thing.csv":               "TestThingService.UpdateTestThing,PROVINCE_ADMIN,area organization,NOT_FOUND\n",
		"services/org/internal/testthing/kind.go":                "resource.WithinOf[*orgv1.Organization]()",
		"proto/wancun/org/v1/test_thing.proto":                   `pattern: "organizations/{organization}/testThings/{test_thing}"`,
		constraints:                                              `[0-9A-HJ-NPQRTUWXY]{18}/testThings/[0-9a-f-]{36}$`,
		"services/org/service.go":                                "testthing.Room()",
		"gateway/gateway.go":                                     "orgv1.NewTestThingServiceClient(d.Org)",
		"tests/contract/references.csv":                          "wancun.org.v1.ListTestThingsRequest.parent,NOT_FOUND",
		"tests/e2e/states/test_thing.csv":                        "TestThingService.CloseTestThing,writer,ACTIVE,CLOSED\n",
		"CONTRIBUTING.md":                                        " |\n| testThing | none |",
		"services/org/migrations/00010101000000_test_things.sql": "parent       TEXT NOT NULL",
	} {
		if !strings.Contains(tr.changed[path], line) {
			t.Errorf("%s lacks %q", path, line)
		}
	}
}
