package village_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

func TestAnEditionIsTakenInAndTheNextOneChangesIt(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		c := start(t, db)
		first := imported(t, c, "2019-10-31", valley()...)
		if first.GetCreatedCount() != 9 || first.GetLevels()[4].GetCount() != 4 {
			t.Errorf("first edition: %v, want 9 created, 4 of them villages", first)
		}
		again := imported(t, c, "2019-10-31", valley()...)
		if again.GetCreatedCount()+again.GetUpdatedCount()+again.GetRetiredCount() != 0 || again.GetUnchangedCount() != 9 {
			t.Errorf("the same edition again: %v, want nothing changed", again)
		}
		next := append(valley()[:8], row("433124102203", "新村")) // without 西村
		next[5].DisplayName = "东新村"
		second := imported(t, c, "2020-06-30", next...)
		if second.GetCreatedCount() != 1 || second.GetUpdatedCount() != 1 || second.GetRetiredCount() != 1 || second.GetUnchangedCount() != 7 {
			t.Errorf("next edition: %v, want 1 created, 1 updated, 1 retired, 7 unchanged", second)
		}
		retired, err := c.divisions.GetDivision(t.Context(), &villagev1.GetDivisionRequest{Name: "divisions/433124102202"})
		if err != nil {
			t.Fatalf("a retired division is not readable: %v", err)
		}
		if diff := cmp.Diff(on(2020, 6, 30), retired.GetValidTo(), protocmp.Transform()); diff != "" {
			t.Errorf("retired on (-want +got):\n%s", diff)
		}
		_, err = c.divisions.ImportDivisions(provinceAdmin(t), &villagev1.ImportDivisionsRequest{Divisions: valley(), Edition: "2019-10-31"})
		refused(t, err, codes.FailedPrecondition, "edition")
	})
}

func TestAnEditionIsTakenInWholeOrNotAtAll(t *testing.T) {
	c := start(t, servertest.Database(t))
	wrong := append(valley(), row("433225101201", "孤村"))
	_, err := c.divisions.ImportDivisions(provinceAdmin(t), &villagev1.ImportDivisionsRequest{Divisions: wrong, Edition: "2020-06-30"})
	refused(t, err, codes.InvalidArgument, "divisions[9].parent")
	checked, err := c.divisions.ImportDivisions(provinceAdmin(t), &villagev1.ImportDivisionsRequest{Divisions: valley(), Edition: "2020-06-30", ValidateOnly: true})
	if err != nil || checked.GetCreatedCount() != 9 {
		t.Errorf("checked alone: %v, %v, want 9 that would be created", checked, err)
	}
	_, err = c.divisions.GetDivision(t.Context(), &villagev1.GetDivisionRequest{Name: "divisions/430000000000"})
	refused(t, err, codes.NotFound, "")
}

func TestAnImportIsRepeatedSafely(t *testing.T) {
	c := start(t, servertest.Database(t))
	r := &villagev1.ImportDivisionsRequest{Divisions: valley(), Edition: "2020-06-30", RequestId: requestID}
	first, err := c.divisions.ImportDivisions(provinceAdmin(t), r)
	if err != nil {
		t.Fatalf("ImportDivisions: %v", err)
	}
	again, err := c.divisions.ImportDivisions(provinceAdmin(t), r)
	if err != nil {
		t.Fatalf("the same request again: %v", err)
	}
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Errorf("answered differently (-first +again):\n%s", diff)
	}
}

func TestAVillageIsFoundByItsName(t *testing.T) {
	c := start(t, servertest.Database(t))
	imported(t, c, "2020-06-30", valley()...)
	for _, tc := range []struct {
		name, township, village string
		match                   string
		candidates              []string // village and township
	}{
		{"unique in the county", "", "东村", "433124101202", nil},
		{"unique in a township", "西镇", "同名村", "433124102201", nil},
		{"not unique in the county", "", "同名村", "", []string{"433124101201 东镇", "433124102201 西镇"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := c.divisions.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{
				County: "divisions/433124000000", Township: tc.township, DisplayName: tc.village,
			})
			if err != nil {
				t.Fatalf("LookupDivision: %v", err)
			}
			var candidates []string
			for _, d := range r.GetCandidates() {
				candidates = append(candidates, d.GetDivision().GetCode()+" "+d.GetTownship().GetDisplayName())
			}
			if diff := cmp.Diff(tc.candidates, candidates); diff != "" || r.GetMatch().GetCode() != tc.match {
				t.Errorf("match %s, want %q; candidates (-want +got):\n%s", r.GetMatch().GetCode(), tc.match, diff)
			}
		})
	}
	for name, r := range map[string]*villagev1.LookupDivisionRequest{
		"an unknown name":       {County: "divisions/433124000000", DisplayName: "无名村"},
		"in another township":   {County: "divisions/433124000000", Township: "西镇", DisplayName: "东村"},
		"a township by itself":  {County: "divisions/433124000000", DisplayName: "东镇"},
		"a wildcard is no name": {County: "divisions/433124000000", DisplayName: "%村"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.divisions.LookupDivision(t.Context(), r)
			refused(t, err, codes.NotFound, "")
			e, _ := fault.From(err)
			if said := e.Message(); !strings.Contains(said, r.GetCounty()) || !strings.Contains(said, r.GetDisplayName()) || e.Resource() != "" {
				t.Errorf("said %q of the resource %q, want the county and the name, and no resource", said, e.Resource())
			}
		})
	}
	t.Run("in a county that does not exist", func(t *testing.T) {
		const county = "divisions/433125000000"
		_, err := c.divisions.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{County: county, DisplayName: "东村"})
		refused(t, err, codes.NotFound, "")
		if e, _ := fault.From(err); e.Resource() != county {
			t.Errorf("%v is about %q, want the county", err, e.Resource())
		}
	})
	t.Run("in what is no county", func(t *testing.T) {
		for _, above := range []string{"divisions/430000000000", "divisions/433100000000"} {
			_, err := c.divisions.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{County: above, DisplayName: "东村"})
			refused(t, err, codes.InvalidArgument, "county")
		}
	})
}

// TestTheDivisionsOfHunan imports the real edition of 2020. Its numbers of divisions per level were published with it.
func TestTheDivisionsOfHunan(t *testing.T) {
	divisions := hunan(t)
	c := start(t, servertest.Database(t))
	first := imported(t, c, "2020-06-30", divisions...)
	want := &villagev1.ImportDivisionsResponse{CreatedCount: 31_637, Levels: []*villagev1.LevelCount{
		{Level: villagev1.Division_PROVINCE, Count: 1},
		{Level: villagev1.Division_PREFECTURE, Count: 14},
		{Level: villagev1.Division_COUNTY, Count: 137},
		{Level: villagev1.Division_TOWNSHIP, Count: 2_006},
		{Level: villagev1.Division_VILLAGE, Count: 29_479},
	}}
	if diff := cmp.Diff(want, first, protocmp.Transform()); diff != "" {
		t.Errorf("first import (-want +got):\n%s", diff)
	}
	want.CreatedCount, want.UnchangedCount = 0, 31_637
	if diff := cmp.Diff(want, imported(t, c, "2020-06-30", divisions...), protocmp.Transform()); diff != "" {
		t.Errorf("second import (-want +got):\n%s", diff)
	}
	t.Run("a village by township and name", func(t *testing.T) { byTownshipAndName(t, c, divisions) })
	t.Run("names that are not unique in their county", func(t *testing.T) { ambiguous(t, c, divisions) })
}

// byTownshipAndName looks up one village in each of the first fifty counties.
func byTownshipAndName(t *testing.T, c clients, divisions []*villagev1.Division) {
	names := map[string]string{}
	for _, d := range divisions {
		names[d.GetCode()] = d.GetDisplayName()
	}
	county, seen := "", 0
	for _, d := range divisions {
		if code := d.GetCode(); code[9:] == "000" || code[:6] == county || seen == 50 {
			continue
		}
		county = d.GetCode()[:6]
		seen++
		r, err := c.divisions.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{
			County: "divisions/" + county + "000000", Township: names[d.GetCode()[:9]+"000"], DisplayName: d.GetDisplayName(),
		})
		if err != nil || r.GetMatch().GetCode() != d.GetCode() {
			t.Errorf("LookupDivision(%s) = %v, %v, want it found", d.GetCode(), r.GetMatch(), err)
		}
	}
	if seen != 50 {
		t.Errorf("looked up %d villages, want 50", seen)
	}
}

// ambiguous looks up the first twenty names that several villages of a county have.
func ambiguous(t *testing.T, c clients, divisions []*villagev1.Division) {
	type key struct{ county, name string }
	bearers := map[key]int{}
	for _, d := range divisions {
		if d.GetCode()[9:] != "000" {
			bearers[key{d.GetCode()[:6], d.GetDisplayName()}]++
		}
	}
	tried := 0
	for k, n := range bearers {
		if n < 2 || tried == 20 {
			continue
		}
		tried++
		r, err := c.divisions.LookupDivision(t.Context(), &villagev1.LookupDivisionRequest{County: "divisions/" + k.county + "000000", DisplayName: k.name})
		if err != nil || r.GetMatch() != nil || len(r.GetCandidates()) != n {
			t.Errorf("LookupDivision(%s in %s) = %v, %v, want %d candidates", k.name, k.county, r, err, n)
		}
	}
	if tried != 20 {
		t.Errorf("tried %d names, want 20", tried)
	}
}

// hunan reads the reference file. It skips the test if the file does not exist.
func hunan(t *testing.T) []*villagev1.Division {
	t.Helper()
	const path = "../../../shared/data/hunan-divisions.csv"
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		t.Skipf("skipped: %s is not there", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	levels := map[string]villagev1.Division_Level{
		"province": 1, "prefecture": 2, "county": 3, "township": 4, "village": 5,
	}
	divisions := make([]*villagev1.Division, 0, len(rows))
	for _, r := range rows[1:] { // code,name,name_en,level,parent_code,kind
		d := &villagev1.Division{Code: r[0], DisplayName: r[1], DisplayNameEn: r[2], Level: levels[r[3]], Kind: r[5]}
		if r[4] != "" {
			d.Parent = "divisions/" + r[4]
		}
		divisions = append(divisions, d)
	}
	return divisions
}
