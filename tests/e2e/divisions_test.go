package e2e

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
)

// TestTheRealDivisionsAreLoadedWhole loads the file of all 31,637 divisions of the province.
func TestTheRealDivisionsAreLoadedWhole(t *testing.T) {
	path := suite.Shared(t, "hunan-divisions.csv")
	rows := divisionRows(t, path)
	s := suite.Up(t, suite.Options{})
	c := newClerk(t, s)
	client := villagev1.NewDivisionServiceClient(s.Conn)
	if r := c.load(t, "--edition", "2020-06-30", "--complete", path); r.Code != 0 || !strings.Contains(r.Out, "31637 divisions: 31637 created") {
		t.Fatalf("code %d, %q\n%s", r.Code, r.Out, r.Err)
	}
	t.Run("with the counts per level that its README gives", func(t *testing.T) {
		want := map[string]int{"PROVINCE": 1, "PREFECTURE": 14, "COUNTY": 137, "TOWNSHIP": 2_006, "VILLAGE": 29_479}
		got := map[string]int{}
		r := &villagev1.ListDivisionsRequest{PageSize: 1000}
		for r.PageToken = ""; ; {
			page, err := client.ListDivisions(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.GetDivisions() {
				got[d.GetLevel().String()]++
			}
			if r.PageToken = page.GetNextPageToken(); r.PageToken == "" {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
	unique, twice := byName(rows)
	t.Run("a village is found by its code", func(t *testing.T) {
		d, err := client.GetDivision(t.Context(), &villagev1.GetDivisionRequest{Name: "divisions/" + unique.code})
		if err != nil || d.GetDisplayName() != unique.name || d.GetParent() != "divisions/"+unique.parent {
			t.Errorf("%v, %v, want %+v", d, err, unique)
		}
	})
	t.Run("and by its county and name, if that is unique there", func(t *testing.T) {
		found, err := client.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{County: "divisions/" + unique.code[:6] + "000000", DisplayName: unique.name})
		if err != nil || found.GetMatch().GetCode() != unique.code || len(found.GetCandidates()) != 0 {
			t.Errorf("%v, %v, want %+v", found, err, unique)
		}
	})
	t.Run("and by township and name, if it is not", func(t *testing.T) {
		for _, v := range twice {
			found, err := client.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{
				County: "divisions/" + v.code[:6] + "000000", Township: rows[v.parent].name, DisplayName: v.name,
			})
			if err != nil || found.GetMatch().GetCode() != v.code {
				t.Errorf("%v, %v, want %+v", found, err, v)
			}
		}
	})
	t.Run("and without the township is answered with the candidates", func(t *testing.T) {
		found, err := client.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{County: "divisions/" + twice[0].code[:6] + "000000", DisplayName: twice[0].name})
		if err != nil || found.GetMatch() != nil || len(found.GetCandidates()) != len(twice) {
			t.Fatalf("%v, %v, want candidates %v", found, err, twice)
		}
		got := map[string]string{}
		for _, c := range found.GetCandidates() {
			got[c.GetDivision().GetCode()] = c.GetTownship().GetDisplayName()
		}
		for _, v := range twice {
			if got[v.code] != rows[v.parent].name {
				t.Errorf("candidate %s is shown in township %q, want %q", v.code, got[v.code], rows[v.parent].name)
			}
		}
	})
	t.Run("loading it again changes nothing", func(t *testing.T) {
		before := sizes(t, s)
		if r := c.load(t, "--edition", "2020-06-30", "--complete", path); r.Code != 0 || !strings.Contains(r.Out, "nothing changed, all 31637 are there already") {
			t.Errorf("code %d, %q\n%s", r.Code, r.Out, r.Err)
		}
		if after := sizes(t, s); after != before {
			t.Errorf("journals: %s, then %s", before, after)
		}
	})
}

// division is a row of the file.
type division struct{ code, name, parent, level string }

func divisionRows(t *testing.T, path string) map[string]division {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]division{}
	for _, r := range all[1:] {
		rows[r[0]] = division{code: r[0], name: r[1], level: r[3], parent: r[4]}
	}
	return rows
}

// byName returns a village with a unique name in its county, and all villages that share a name within a county.
func byName(rows map[string]division) (unique division, twice []division) {
	named := map[[2]string][]division{}
	for _, r := range rows {
		if r.level == "village" {
			key := [2]string{r.code[:6], r.name}
			named[key] = append(named[key], r)
		}
	}
	for _, same := range named {
		switch {
		case len(same) == 1 && (unique.code == "" || same[0].code < unique.code):
			unique = same[0]
		case len(same) > len(twice):
			twice = same
		}
	}
	return unique, twice
}
