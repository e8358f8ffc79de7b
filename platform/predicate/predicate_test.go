package predicate_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/predicate"
)

func fields() []predicate.Field {
	label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Descriptor()
	return []predicate.Field{{Name: "place"}, {Name: "label", Enum: label}, {Name: "owner.label", Enum: label}}
}

func values(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestAFilterDecidesByTheValuesOfFields(t *testing.T) {
	here := values("place", "here", "label", "LABEL_REPEATED", "owner.label", "LABEL_REQUIRED")
	for filter, want := range map[string]bool{
		``:                           true,
		`place = "here"`:             true,
		`place != "here"`:            false,
		`label = LABEL_REPEATED`:     true,
		`NOT label = LABEL_REPEATED`: false,
		`place = "here" AND label = LABEL_OPTIONAL`:                      false,
		`place = "there" OR owner.label = LABEL_REQUIRED`:                true,
		`place = "here" label = LABEL_REPEATED`:                          true,
		`NOT (place = "there" OR label = LABEL_OPTIONAL)`:                true,
		`place = "there" OR (label = LABEL_REPEATED AND place = "here")`: true,
	} {
		p, err := predicate.Parse("filter", filter, fields())
		if err != nil || p.Matches(here) != want {
			t.Errorf("%s = %v, %v, want %v", filter, p.Matches(here), err, want)
		}
	}
}

func TestAFilterThatMeansNothingIsRefused(t *testing.T) {
	for filter, reason := range map[string]string{
		`place = `:          "UNREADABLE",
		`place`:             "UNREADABLE",
		`place > "here"`:    "UNREADABLE",
		`place : "here"`:    "UNREADABLE",
		`colour = "red"`:    "UNKNOWN_FIELD",
		`owner = "red"`:     "UNKNOWN_FIELD",
		`label = "red"`:     "NOT_A_VALUE",
		`label = LABEL_RED`: "NOT_A_VALUE",
		`place = here`:      "NOT_A_VALUE",
		strings.Repeat(`place = "here" OR `, 60) + `place = "here"`: "TOO_LONG",
	} {
		_, err := predicate.Parse("formula.filter", filter, fields())
		f, ok := fault.From(err)
		if !ok || len(f.Violations()) != 1 || f.Violations()[0].Reason != reason || f.Violations()[0].Field != "formula.filter" || f.Violations()[0].Chinese == "" {
			t.Errorf("%.40s: %v, want %s in both languages", filter, err, reason)
		}
	}
}

func TestConditionsOnAPrefixArePartedFromTheOthers(t *testing.T) {
	p, err := predicate.Parse("filter", `place = "here" AND NOT owner.label = LABEL_REPEATED`, fields())
	if err != nil {
		t.Fatal(err)
	}
	others, with, ok := p.Split("owner.")
	if !ok || others.Empty() || with.Empty() {
		t.Fatalf("Split = %v, %v, %v", others, with, ok)
	}
	if !others.Matches(values("place", "here")) || with.Matches(values("label", "LABEL_REPEATED")) || !with.Matches(values("label", "LABEL_REQUIRED")) {
		t.Error("the parts do not decide as the whole")
	}
	mixed, err := predicate.Parse("filter", `place = "here" OR owner.label = LABEL_REPEATED`, fields())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := mixed.Split("owner."); ok {
		t.Error("a condition that OR joins with the others was parted from them")
	}
}

func TestAnOrderedFieldIsComparedByItsTextAndOnlyInItsForm(t *testing.T) {
	months := append(fields(), predicate.Field{Name: "month", Ordered: true, Form: &predicate.Form{
		Holds: func(text string) bool { return len(text) == len("2019-09") }, English: "a month", Chinese: "月份",
	}})
	for filter, want := range map[string]bool{
		`month >= "2019-09" AND month < "2019-10"`: true, `month > "2019-09"`: false, `month <= "2019-08"`: false, `NOT month < "2019-09"`: true,
	} {
		p, err := predicate.Parse("filter", filter, months)
		if err != nil || p.Matches(values("month", "2019-09")) != want {
			t.Errorf("%s = %v, %v, want %v", filter, p.Matches(values("month", "2019-09")), err, want)
		}
	}
	_, err := predicate.Parse("filter", `month > "September"`, months)
	if f, ok := fault.From(err); !ok || f.Violations()[0].Reason != "NOT_A_VALUE" || f.Violations()[0].Chinese != "month 须与月份比较" {
		t.Errorf("a text of another form: %v", err)
	}
}

func TestOnlyWhatNoUnknownValueCanSelectIsExcluded(t *testing.T) {
	here := func(field string) (string, bool) { return "here", field == "place" }
	for filter, want := range map[string]bool{
		``:                true,
		`place = "there"`: false,
		`place = "there" OR label = LABEL_REPEATED`:        true,
		`place = "there" AND label = LABEL_REPEATED`:       false,
		`NOT (place = "there" AND label = LABEL_REPEATED)`: true,
		`NOT (place = "here" OR label = LABEL_REPEATED)`:   false,
		`NOT label = LABEL_REPEATED`:                       true,
	} {
		p, err := predicate.Parse("filter", filter, fields())
		if err != nil || p.CanMatch(here) != want {
			t.Errorf("%s can match: %v, %v, want %v", filter, p.CanMatch(here), err, want)
		}
	}
}

func TestAPredicateNamesItsFields(t *testing.T) {
	p, err := predicate.Parse("filter", `place = "here" AND NOT (owner.label = LABEL_REPEATED OR place = "there")`, fields())
	if got := strings.Join(p.Fields(), " "); err != nil || got != "owner.label place" {
		t.Errorf("Fields = %s, %v", got, err)
	}
}

func TestTheRangeOfAFieldIsThatOfTheWholePredicate(t *testing.T) {
	ordered := append(fields(), predicate.Field{Name: "month", Ordered: true})
	for filter, want := range map[string]string{
		``:                  "/",
		`month = "2019-09"`: "2019-09/2019-09",
		`month >= "2019-03" AND month > "2019-05" AND month <= "2019-09" AND month < "2019-08"`: "2019-05/2019-08",
		`month >= "2019-03" AND place = "here"`:                                                 "2019-03/",
		`month = "2019-09" OR place = "here"`:                                                   "/",
		`NOT month = "2019-09"`:                                                                 "/",
		`month != "2019-09"`:                                                                    "/",
		`(month = "2019-09" OR place = "here") month < "2020-"`:                                 "/2020-",
	} {
		p, err := predicate.Parse("filter", filter, ordered)
		low, high := p.Range("month")
		if err != nil || low+"/"+high != want {
			t.Errorf("%s: %s/%s, %v, want %s", filter, low, high, err, want)
		}
	}
}
