package succession

import (
	"fmt"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/place"
)

const (
	rename   = villagev1.Succession_RENAME
	merge    = villagev1.Succession_MERGE
	split    = villagev1.Succession_SPLIT
	transfer = villagev1.Succession_TRANSFER
)

// became returns a succession of 2019 between two divisions, by their short codes.
func became(from, to string, kind villagev1.Succession_Kind) *villagev1.Succession {
	return &villagev1.Succession{
		Predecessor: "divisions/" + place.Pad(from), Successor: "divisions/" + place.Pad(to), Kind: kind,
		EffectiveDate: &date.Date{Year: 2019, Month: 7, Day: 1}, SourceNote: "示例批复",
	}
}

func refused(t *testing.T, err error, code codes.Code, field, reason string) {
	t.Helper()
	if code == codes.OK {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	e, ok := fault.From(err)
	if !ok || e.Code() != code || e.Reason() != reason {
		t.Fatalf("got %v, want %s for %s", err, code, reason)
	}
	if v := e.Violations(); field != "" && (len(v) != 1 || v[0].Field != field) {
		t.Errorf("violations %v, want one of %s", v, field)
	}
}

func TestASuccessionIsBetweenPlacesThatCanFollowEachOther(t *testing.T) {
	for _, tc := range []struct {
		name          string
		s             *villagev1.Succession
		field, reason string
	}{
		{"a county under another code", became("430523", "430583", rename), "", ""},
		{"a township that joins a county", became("430523101", "430524", transfer), "", ""},
		{"a county that becomes a township", became("430523", "430524101", merge), "successor", "LOWER_LEVEL"},
		{"a renaming to another level", became("430523101", "430524", rename), "successor", "OTHER_LEVEL"},
		{"itself", became("430523", "430523", rename), "successor", "SAME_PLACE"},
		{"what it is a part of", became("430523101", "430523", merge), "successor", "SAME_PLACE"},
		{"no place", &villagev1.Succession{
			Predecessor: "divisions/000000000000", Successor: "divisions/430583000000", Kind: rename, EffectiveDate: &date.Date{Year: 2019, Month: 7, Day: 1},
		}, "predecessor", "NOT_A_DIVISION"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code := codes.InvalidArgument
			if tc.reason == "" {
				code = codes.OK
			}
			refused(t, Validate(tc.s), code, tc.field, tc.reason)
		})
	}
}

func TestASuccessionFitsTheEditionsTheOthersAndTheArea(t *testing.T) {
	gone := func(codes ...string) (all []string) {
		for _, c := range codes {
			all = append(all, "-"+c)
		}
		return all
	}
	withdrawn := became("430523", "430583", rename)
	withdrawn.Withdrawn = true
	scattered := make([]place.Move, maxParts)
	for i := range scattered {
		scattered[i] = place.Move{From: fmt.Sprintf("430524101%03d", 200+i), To: "430583101"}
	}
	for _, tc := range []struct {
		name          string
		divisions     []string // a hyphen before a code means retired
		others        []place.Move
		area          string
		s             *villagev1.Succession
		code          codes.Code
		field, reason string
	}{
		{"the county ended and the city began", append(gone("430523"), "430583"), nil, "43", became("430523", "430583", rename), codes.OK, "", ""},
		{"no edition holds the county", []string{"430583"}, nil, "43", became("430523", "430583", rename), codes.FailedPrecondition, "predecessor", "DIVISION_UNKNOWN"},
		{"the county goes on", []string{"430523", "430583"}, nil, "43", became("430523", "430583", rename), codes.FailedPrecondition, "predecessor", "DIVISION_NOT_RETIRED"},
		{"no edition holds the city", gone("430523"), nil, "43", became("430523", "430583", rename), codes.FailedPrecondition, "successor", "DIVISION_UNKNOWN"},
		{"the city ended as well", gone("430523", "430583"), nil, "43", became("430523", "430583", rename), codes.FailedPrecondition, "successor", "DIVISION_RETIRED"},
		{
			"and it is known what became of it", gone("430523", "430583"), []place.Move{{From: "430583", To: "430505"}}, "43",
			became("430523", "430583", rename), codes.OK, "", "",
		},
		{
			"back to where it came from", append(gone("430523"), "430583"), []place.Move{{From: "430583", To: "430523"}}, "43",
			became("430523", "430583", rename), codes.FailedPrecondition, "successor", "CIRCLE",
		},
		{"to another province", append(gone("430523101"), "520602"), nil, "43", became("430523101", "520602", transfer), codes.PermissionDenied, "", "OUTSIDE_AREA"},
		{"by the country", append(gone("430523101"), "520602"), nil, "", became("430523101", "520602", transfer), codes.OK, "", ""},
		{"one that does not count any more", nil, nil, "43", withdrawn, codes.OK, "", ""},
		{
			"a territory in too many parts", append(gone("430523"), "430583"), scattered, "43", became("430523", "430583", split),
			codes.FailedPrecondition, "successor", "TERRITORY_SCATTERED",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			divisions := map[string]*villagev1.Division{}
			for _, code := range tc.divisions {
				d := &villagev1.Division{}
				if code[0] == '-' {
					code, d.ValidTo = code[1:], &date.Date{Year: 2019, Month: 6, Day: 30}
				}
				divisions["divisions/"+place.Pad(code)] = d
			}
			by := access.Principal{Grants: []*accessv1.Grant{{Role: accessv1.Grant_PROVINCE_ADMIN, Area: tc.area}}}
			w := newWorld(divisions, append([]place.Move{move(tc.s)}, tc.others...), by)
			refused(t, w.Record(tc.s), tc.code, tc.field, tc.reason)
		})
	}
}

func TestTheDivisionsWithinKeepTheirDigitsAfterARenamingAndATransfer(t *testing.T) {
	for _, tc := range []struct {
		s    *villagev1.Succession
		want bool
	}{
		{became("430523", "430583", rename), true},
		{became("430523101", "430524105", transfer), true},
		{became("430523101", "430524", transfer), false},
		{became("430502", "430511", merge), false},
		{became("430523101", "430524101", split), false},
	} {
		if got := move(tc.s).Keeps; got != tc.want {
			t.Errorf("%s of %s to %s keeps the digits: %t, want %t", tc.s.GetKind(), tc.s.GetPredecessor(), tc.s.GetSuccessor(), got, tc.want)
		}
	}
}
