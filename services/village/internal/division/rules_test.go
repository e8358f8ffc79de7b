package division

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

const (
	province   = villagev1.Division_PROVINCE
	prefecture = villagev1.Division_PREFECTURE
	county     = villagev1.Division_COUNTY
	township   = villagev1.Division_TOWNSHIP
	village    = villagev1.Division_VILLAGE
)

func TestACodeTellsLevelAndParent(t *testing.T) {
	for _, tc := range []struct {
		code   string
		level  villagev1.Division_Level
		parent string
	}{
		{"430000000000", province, ""},
		{"433100000000", prefecture, "divisions/430000000000"},
		{"433124000000", county, "divisions/433100000000"},
		{"433124001000", township, "divisions/433124000000"},
		{"433124001201", village, "divisions/433124001000"},
		{"433124100200", village, "divisions/433124100000"},
		{"431000000000", prefecture, "divisions/430000000000"},
		{"441900003000", township, "divisions/441900000000"}, // a prefecture without counties
	} {
		t.Run(tc.code, func(t *testing.T) {
			if got := LevelOf(tc.code); got != tc.level {
				t.Errorf("LevelOf = %s, want %s", got, tc.level)
			}
			if got := parentOf(tc.code); got != tc.parent {
				t.Errorf("parentOf = %q, want %q", got, tc.parent)
			}
		})
	}
}

// rowsOf returns one row for each code, with a name derived from the code.
func rowsOf(codes ...string) []*villagev1.Division {
	rows := make([]*villagev1.Division, len(codes))
	for i, code := range codes {
		rows[i] = &villagev1.Division{Code: code, DisplayName: "地" + code}
	}
	return rows
}

// imported returns the stored divisions after an edition.
func imported(t *testing.T, label string, rows ...*villagev1.Division) map[string]*villagev1.Division {
	t.Helper()
	e, err := readEdition(&villagev1.ImportDivisionsRequest{Divisions: rows, Edition: label})
	if err != nil {
		t.Fatalf("readEdition: %v", err)
	}
	stored := map[string]*villagev1.Division{}
	for _, d := range e.divisions {
		e.enter(d)
		stored[d.GetName()] = d
	}
	return stored
}

// take reads an edition and checks it against the stored divisions.
func take(r *villagev1.ImportDivisionsRequest, stored map[string]*villagev1.Division) (*edition, error) {
	e, err := readEdition(r)
	if err != nil {
		return nil, err
	}
	return e, e.check(stored)
}

func TestAnEditionThatDoesNotFitIsRefusedByRow(t *testing.T) {
	tree := []string{"430000000000", "433100000000", "433124000000"}
	with := func(change func([]*villagev1.Division)) *villagev1.ImportDivisionsRequest {
		rows := rowsOf(tree...)
		change(rows)
		return &villagev1.ImportDivisionsRequest{Divisions: rows, Edition: "2020-06-30"}
	}
	for _, tc := range []struct {
		name string
		give *villagev1.ImportDivisionsRequest
		want map[string]string
	}{
		{"a tree", with(func([]*villagev1.Division) {}), map[string]string{}},
		{"stated level and parent that agree", with(func(d []*villagev1.Division) {
			d[1].Level, d[1].Parent = prefecture, "divisions/430000000000"
		}), map[string]string{}},
		{"another level", with(func(d []*villagev1.Division) { d[1].Level = county }), map[string]string{"divisions[1].level": "LEVEL_DISAGREES_WITH_CODE"}},
		{"another parent", with(func(d []*villagev1.Division) { d[2].Parent = "divisions/433000000000" }), map[string]string{"divisions[2].parent": "PARENT_DISAGREES_WITH_CODE"}},
		{"a parent above a province", with(func(d []*villagev1.Division) { d[0].Parent = "divisions/100000000000" }), map[string]string{"divisions[0].parent": "PARENT_DISAGREES_WITH_CODE"}},
		{"a code twice", with(func(d []*villagev1.Division) { d[2].Code = tree[0] }), map[string]string{"divisions[2].code": "DUPLICATE"}},
		{"a parent that is nowhere", with(func(d []*villagev1.Division) { d[2].Code = "433224000000" }), map[string]string{"divisions[2].parent": "PARENT_UNKNOWN"}},
		{"several rows at once", with(func(d []*villagev1.Division) { d[0].Level, d[2].Level = county, village }), map[string]string{
			"divisions[0].level": "LEVEL_DISAGREES_WITH_CODE", "divisions[2].level": "LEVEL_DISAGREES_WITH_CODE",
		}},
		{"an edition that is no day", &villagev1.ImportDivisionsRequest{Edition: "2020-06-31"}, map[string]string{"edition": "NOT_A_DAY"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := take(tc.give, nil)
			blamed := map[string]string{}
			if e, ok := fault.From(err); ok {
				for _, v := range e.Violations() {
					blamed[v.Field] = v.Reason
				}
			}
			if diff := cmp.Diff(tc.want, blamed); diff != "" {
				t.Errorf("blamed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAParentMayComeFromAnEarlierImport(t *testing.T) {
	stored := imported(t, "2019-10-31", rowsOf("430000000000", "433100000000")...)
	r := &villagev1.ImportDivisionsRequest{Divisions: rowsOf("433124000000"), Edition: "2020-06-30"}
	if _, err := take(r, stored); err != nil {
		t.Errorf("below a stored parent: %v", err)
	}
	r.Complete = true
	if _, err := take(r, stored); fault.Status(err).Code() != codes.InvalidArgument {
		t.Errorf("complete edition without the parent: %v, want %s", err, codes.InvalidArgument)
	}
	r.Complete = false
	stored["divisions/433100000000"].ValidTo = &date.Date{Year: 2019, Month: 12, Day: 31}
	if _, err := take(r, stored); fault.Status(err).Code() != codes.InvalidArgument {
		t.Errorf("below a retired parent: %v, want %s", err, codes.InvalidArgument)
	}
}

func TestAnEarlierEditionIsRefused(t *testing.T) {
	stored := imported(t, "2020-06-30", rowsOf("430000000000")...)
	for label, want := range map[string]codes.Code{
		"2019-10-31": codes.FailedPrecondition, "2020-06-30": codes.OK, "2021-06-30": codes.OK,
	} {
		_, err := take(&villagev1.ImportDivisionsRequest{Divisions: rowsOf("430000000000"), Edition: label}, stored)
		if got := fault.Status(err).Code(); got != want {
			t.Errorf("edition %s = %v, want %s", label, err, want)
		}
	}
}

// summary is a difference as lists of names.
func summary(d difference) string {
	names := func(divisions []*villagev1.Division) (list []string) {
		for _, m := range divisions {
			list = append(list, m.GetCode())
		}
		return list
	}
	return fmt.Sprintf("created %v updated %v retired %v", names(d.created), names(d.updated), names(d.retired))
}

func TestAnEditionChangesWhatItStatesOtherwise(t *testing.T) {
	stored := imported(t, "2019-10-31", rowsOf("430000000000", "433100000000", "433124000000", "433125000000")...)
	gone := stored["divisions/433125000000"]
	gone.ValidTo = &date.Date{Year: 2019, Month: 12, Day: 31}
	next := rowsOf("430000000000", "433100000000", "433125000000", "433126000000")
	next[1].DisplayName = "新名"
	r := &villagev1.ImportDivisionsRequest{Divisions: next, Edition: "2020-06-30"}

	t.Run("an edition of parts", func(t *testing.T) {
		e, err := take(r, stored)
		if err != nil {
			t.Fatalf("take: %v", err)
		}
		const want = "created [433126000000] updated [433100000000 433125000000] retired []"
		if got := summary(e.compare(stored)); got != want {
			t.Errorf("compare = %s, want %s", got, want)
		}
	})
	t.Run("a complete edition", func(t *testing.T) {
		r.Complete = true
		e, err := take(r, stored)
		if err != nil {
			t.Fatalf("take: %v", err)
		}
		diff := e.compare(stored)
		const want = "created [433126000000] updated [433100000000 433125000000] retired [433124000000]"
		if got := summary(diff); got != want {
			t.Fatalf("compare = %s, want %s", got, want)
		}
		returned := &villagev1.Division{
			Name: "divisions/433125000000", Code: "433125000000", DisplayName: "地433125000000", Level: county,
			Parent: "divisions/433100000000", Edition: "2020-06-30", ValidFrom: &date.Date{Year: 2019, Month: 10, Day: 31},
		}
		if d := cmp.Diff(returned, diff.updated[1], protocmp.Transform()); d != "" {
			t.Errorf("a division that returned (-want +got):\n%s", d)
		}
		if got := diff.retired[0].GetValidTo(); got.GetYear() != 2020 || got.GetMonth() != 6 || got.GetDay() != 30 {
			t.Errorf("retired from %v, want the edition's day", got)
		}
		if stored["divisions/433124000000"].GetValidTo() != nil {
			t.Error("compare changed what is stored")
		}
	})
}

func TestLevelsAreCounted(t *testing.T) {
	e, err := readEdition(&villagev1.ImportDivisionsRequest{
		Edition: "2020-06-30", Divisions: rowsOf("430000000000", "433100000000", "433124000000", "433125000000"),
	})
	if err != nil {
		t.Fatalf("readEdition: %v", err)
	}
	want := []*villagev1.LevelCount{
		{Level: province, Count: 1}, {Level: prefecture, Count: 1}, {Level: county, Count: 2}, {Level: township}, {Level: village},
	}
	if diff := cmp.Diff(want, e.levels(), protocmp.Transform()); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
}
