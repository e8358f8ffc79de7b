package facts

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestTheQueriesAreThoseOfTheGoldenFiles(t *testing.T) {
	fill := []string{FillSums("…"), FillMembers(Organization, "…"), FillMembers(Village, "…"), FillMembers(Person, "…")}
	for _, s := range Slices()[1:] {
		for level := range s.Levels {
			fill = append(fill, FillStep(s, level))
		}
	}
	for name, query := range map[string]string{
		"cells.sql": SumQuery(), "members.sql": MemberQuery(), "reaches.sql": CountQuery(), "fill.sql": strings.Join(append(fill, FillReaches()), ";\n"),
	} {
		golden, got := filepath.Join("testdata", name), query+"\n"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got; -update accepts):\n%s", golden, diff)
		}
	}
}

func TestATallyHoldsTheClassesThatItsSliceDoesNotTellApart(t *testing.T) {
	eyes := Class{Source: "deliveries", Parent: "campaigns/x", Action: "bright", Indicator: "BR03"}
	cash := Class{Source: "deliveries", Parent: "campaigns/x", Action: "bright", Indicator: "HP04", Measure: Cash}
	elsewhere := Class{Source: "deliveries", Parent: "campaigns/y", Action: "bright", Indicator: "BR03"}
	shared := func(a, b Class) (names []string) {
		for _, t := range Tallies(a, Recorded, Village) {
			if slices.Contains(Tallies(b, Recorded, Village), t) {
				names = append(names, t.Slice)
			}
		}
		return names
	}
	if diff := cmp.Diff([]string{"whole", "action"}, shared(eyes, cash)); diff != "" {
		t.Errorf("shared by two classes of an action (-want +got):\n%s", diff)
	}
	if got := shared(eyes, elsewhere); len(got) > 0 {
		t.Errorf("two campaigns share %v", got)
	}
	var names []string
	ids := map[int64]bool{}
	for _, t := range Tallies(cash, Recorded, Village) {
		names = append(names, t.Slice)
		ids[t.ID()] = true
	}
	if diff := cmp.Diff([]string{"class", "whole", "action", "indicator", "valued", "measure"}, names); diff != "" || len(ids) != len(names) {
		t.Errorf("slices of cash, by %d ids (-want +got):\n%s", len(ids), diff)
	}
}

func TestAttributesAreFoundByTheirNames(t *testing.T) {
	a := Attrs("level", "PROVINCIAL", "type", "FOUNDATION")
	if got, ok := a.Get("type"); got != "FOUNDATION" || !ok {
		t.Errorf("type = %q, %v", got, ok)
	}
	if _, ok := a.Get("kind"); ok {
		t.Error("an attribute that is not there was found")
	}
}
