package access_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/place"
)

// recoded returns the succession of county 430523 by city 430583, except for a township that went to 430524.
func recoded(_ context.Context, known int64) ([]place.Move, int64, error) {
	if known == 7 {
		return nil, known, errors.New("asked again for what is known")
	}
	return []place.Move{{From: "430523", To: "430583", Keeps: true}, {From: "430523101", To: "430524105", Keeps: true}}, 7, nil
}

// verified returns the principal of a token with these grants, verified with the territories.
func verified(t *testing.T, territories *access.Territories, held ...*accessv1.Grant) access.Principal {
	t.Helper()
	by, err := territories.Verifier(desk{"token": held}).Verify(t.Context(), "token")
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return by
}

func TestAGrantCoversWhatItsAreaHadUnderOtherCodes(t *testing.T) {
	var territories access.Territories
	if err := territories.Refresh(t.Context(), recoded); err != nil {
		t.Fatalf("Refresh: %v", err)
	}
	for _, tc := range []struct {
		area, place string
		want        bool
	}{
		{"430583", "villages/430583102201", true},
		{"430583", "villages/430523102201", true},
		{"430583", "villages/430523101201", false},
		{"430524", "villages/430523101201", true},
		{"430524", "villages/430523102201", false},
		{"430523", "villages/430523102201", true},
		{"430523", "villages/430583102201", false},
		{"4305", "villages/430523101201", true},
		{"430583", "", true},
		{"430583", "villages/-", false},
	} {
		held := grant(accessv1.Grant_COUNTY_CLERK, tc.area, "")
		by := verified(t, &territories, held)
		if got := by.Covers(tc.place, ""); got != tc.want {
			t.Errorf("%s covers %q: %t, want %t", tc.area, tc.place, got, tc.want)
		}
		if len(held.GetTerritory()) > 0 {
			t.Errorf("the grant of the token was changed: %v", held)
		}
	}
}

func TestACallerOfAnAreaWaitsForTheFirstSuccessions(t *testing.T) {
	var territories access.Territories
	clerk, admin := grant(accessv1.Grant_COUNTY_CLERK, "430583", ""), grant(accessv1.Grant_PROVINCE_ADMIN, "", "")
	verified(t, &territories, clerk) // without a source
	down := func(context.Context, int64) ([]place.Move, int64, error) {
		return nil, 0, errors.New("connection refused")
	}
	if err := territories.Refresh(t.Context(), down); err == nil {
		t.Error("Refresh answers although its source did not")
	}
	verified(t, &territories, admin)
	_, err := territories.Verifier(desk{"token": grants(admin, clerk)}).Verify(t.Context(), "token")
	if f, ok := fault.From(err); !ok || f.Code() != codes.Unavailable || f.Reason() != "PLACES_UNKNOWN" {
		t.Errorf("Verify = %v, want %s for PLACES_UNKNOWN", err, codes.Unavailable)
	}
	if err := territories.Refresh(t.Context(), recoded); err != nil {
		t.Fatalf("Refresh: %v", err)
	}
	if err := territories.Refresh(t.Context(), down); err == nil {
		t.Error("Refresh answers although its source did not")
	}
	if by := verified(t, &territories, clerk); !by.Covers("villages/430523102201", "") {
		t.Error("what was known was forgotten while the source did not answer")
	}
}

func TestSuccessionsAreReadPageByPageAndOnlyWhenThereAreNewOnes(t *testing.T) {
	pages := map[string]*villagev1.ListSuccessionsResponse{
		"": {
			Successions:   []*villagev1.Succession{{Predecessor: "divisions/430523000000", Successor: "divisions/430583000000", DigitsKept: true}},
			NextPageToken: "second", Generation: 3,
		},
		"second": {
			Successions: []*villagev1.Succession{{Predecessor: "divisions/431121000000", Successor: "divisions/431181000000", DigitsKept: true}},
			Generation:  3,
		},
	}
	asked := 0
	source := access.SourceOf(func(_ context.Context, q *villagev1.ListSuccessionsRequest, _ ...grpc.CallOption) (*villagev1.ListSuccessionsResponse, error) {
		asked++
		if q.GetFilter() != "withdrawn = false" || q.GetPageSize() == 0 {
			t.Errorf("%v is asked for", q)
		}
		return pages[q.GetPageToken()], nil
	})
	moves, generation, err := source(t.Context(), -1)
	if err != nil || generation != 3 || len(moves) != 2 || moves[1] != (place.Move{From: "431121", To: "431181", Keeps: true}) {
		t.Errorf("source = %v, %d, %v, want both moves of generation 3", moves, generation, err)
	}
	asked = 0
	if moves, generation, err := source(t.Context(), 3); err != nil || moves != nil || generation != 3 || asked != 1 {
		t.Errorf("source = %v, %d, %v after %d questions, want nothing new after one", moves, generation, err, asked)
	}
}
