package place_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/place"
)

// shaodong moves a county, with its townships and villages, to the code of the city that it became.
func shaodong() []place.Move {
	return []place.Move{{From: "430523", To: "430583", Keeps: true}}
}

// split ends county 430523: two townships become part of 430524, one of 430581.
func split() []place.Move {
	return []place.Move{
		{From: "430523101", To: "430524201"}, {From: "430523102", To: "430524202"}, {From: "430523103", To: "430581301"},
	}
}

func TestATerritoryIsWhatAnAreaCoversThroughSuccessions(t *testing.T) {
	own := func(prefix string, except ...string) place.Part { return place.Part{Prefix: prefix, Except: except} }
	transfer := place.Move{From: "430523101", To: "430524105", Keeps: true}
	for _, tc := range []struct {
		name  string
		moves []place.Move
		area  string
		want  place.Territory
	}{
		{"without successions an area covers its own code", nil, "430523", place.Territory{own("430523")}},
		{"a renamed county covers its past", shaodong(), "430583", place.Territory{own("430523"), own("430583")}},
		{"and so does a township in it", shaodong(), "430583101", place.Territory{own("430523101"), own("430583101")}},
		{"and a village in it", shaodong(), "430583101201", place.Territory{own("430523101201"), own("430583101201")}},
		{"the old code covers its past and nothing new", shaodong(), "430523", place.Territory{own("430523")}},
		{"the prefecture covers both by its own code", shaodong(), "4305", place.Territory{own("4305")}},
		{"another county covers nothing of it", shaodong(), "430524", place.Territory{own("430524")}},

		{"a merged county covers both", []place.Move{{From: "430502", To: "430511"}, {From: "430503", To: "430511"}}, "430511",
			place.Territory{own("430502"), own("430503"), own("430511")}},
		{"a township of a merged county covers its own code alone", []place.Move{{From: "430502", To: "430511"}, {From: "430503", To: "430511"}}, "430511101",
			place.Territory{own("430511101")}},
		{"unless it is listed", []place.Move{{From: "430502", To: "430511"}, {From: "430502101", To: "430511101"}}, "430511101",
			place.Territory{own("430502101"), own("430511101")}},

		{"a split gives a successor its part", split(), "430524", place.Territory{own("430523101"), own("430523102"), own("430524")}},
		{"and the other one the rest", split(), "430581", place.Territory{own("430523103"), own("430581")}},
		{"and leaves the old code what went nowhere", split(), "430523", place.Territory{own("430523", "430523101", "430523102", "430523103")}},

		{"a transferred township is its new county's", []place.Move{transfer}, "430524", place.Territory{own("430523101"), own("430524")}},
		{"and no longer its old county's", []place.Move{transfer}, "430523", place.Territory{own("430523", "430523101")}},
		{"and a prefecture's that holds both counties", []place.Move{transfer}, "4305", place.Territory{own("4305")}},
		{"and not a prefecture's that lost it", []place.Move{{From: "430523101", To: "430124105"}}, "4305", place.Territory{own("4305", "430523101")}},

		{"a chain is followed to its beginning", []place.Move{
			{From: "430523", To: "430583", Keeps: true}, {From: "430583", To: "430505", Keeps: true},
		}, "430505", place.Territory{own("430505"), own("430523"), own("430583")}},
		{"also from a township", []place.Move{
			{From: "430523", To: "430583", Keeps: true}, {From: "430583", To: "430505", Keeps: true},
		}, "430505101", place.Territory{own("430505101"), own("430523101"), own("430583101")}},
		{"a county that was renamed after it lost a township does not have it", append(shaodong(), transfer), "430583",
			place.Territory{own("430523", "430523101"), own("430583")}},
		{"nor has a township of the digits it lost", append(shaodong(), transfer), "430583101", place.Territory{own("430583101")}},
		{"a county that was renamed and then lost a township does not have it", append(shaodong(),
			place.Move{From: "430583101", To: "430524105", Keeps: true}), "430583",
			place.Territory{own("430523", "430523101"), own("430583", "430583101")}},
		{"what came back is covered", []place.Move{
			{From: "430523101", To: "430524105", Keeps: true}, {From: "430524105", To: "430523107", Keeps: true},
		}, "430523", place.Territory{own("430523"), own("430524105")}},
		{"a village that stayed out of a transfer is an exception to the exception", []place.Move{
			{From: "430523101", To: "430524105", Keeps: true}, {From: "430523101201", To: "430523102209"},
		}, "430523", place.Territory{own("430523", "430523101"), own("430523101201")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, place.New(tc.moves...).Territory(tc.area)); diff != "" {
				t.Errorf("Territory(%s) (-want +got):\n%s", tc.area, diff)
			}
		})
	}
}

func TestATerritoryCoversByItsPartsAndNotByTheirExceptions(t *testing.T) {
	territory := place.Territory{{Prefix: "430523", Except: []string{"430523101"}}, {Prefix: "430523101201"}, {Prefix: "430583"}}
	for code, want := range map[string]bool{
		"430523": true, "430523102": true, "430523101": false, "430523101202": false, "430523101201": true, "430583001001": true,
		"430524": false, "4305": false, "": false,
	} {
		if got := territory.Covers(code); got != want {
			t.Errorf("Covers(%q) = %t, want %t", code, got, want)
		}
	}
}

func TestThePlaceOfTodayIsFoundFromEveryOldCode(t *testing.T) {
	for _, tc := range []struct {
		name       string
		moves      []place.Move
		code, want string
	}{
		{"nothing happened", nil, "430523101201", "430523101201"},
		{"a full code becomes a short one", nil, "430523000000", "430523"},
		{"a village of a renamed county keeps its digits", shaodong(), "430523101201", "430583101201"},
		{"a code of today is its own", shaodong(), "430583101201", "430583101201"},
		{"of a merged county only the county is known", []place.Move{{From: "430502", To: "430511"}}, "430502101201", "430511"},
		{"a listed village of it is known", []place.Move{{From: "430502", To: "430511"}, {From: "430502101201", To: "430511101201"}}, "430502101201", "430511101201"},
		{"a split leads to the successor of the part", split(), "430523103201", "430581301"},
		{"a part that went nowhere stays", split(), "430523104201", "430523104201"},
		{"the more specific move wins", append(shaodong(), place.Move{From: "430523101", To: "430524105", Keeps: true}), "430523101201", "430524105201"},
		{"two steps", append(shaodong(), place.Move{From: "430583101", To: "430524105", Keeps: true}), "430523101201", "430524105201"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := place.New(tc.moves...).Current(tc.code); got != tc.want {
				t.Errorf("Current(%s) = %s, want %s", tc.code, got, tc.want)
			}
		})
	}
}

// TestEachPlaceIsInTheTerritoryOfItsPlaceOfTodayAlone draws random successions without circles, and compares Territory
// with Current.
func TestEachPlaceIsInTheTerritoryOfItsPlaceOfTodayAlone(t *testing.T) {
	counties := []string{"430501", "430502", "430503", "430504"}
	var below []string
	for _, township := range []string{"101", "102"} {
		below = append(below, "", township, township+"201", township+"202")
	}
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 1))
		code := func() string { return counties[random.IntN(len(counties))] + below[random.IntN(len(below))] }
		var moves []place.Move
		for range 1 + random.IntN(6) {
			m := place.Move{From: code(), To: code(), Keeps: random.IntN(2) == 0}
			if _, circular := place.New(append(moves, m)...).Circle(); !circular && len(m.To) <= len(m.From) && !place.Within(m.From, m.To) {
				moves = append(moves, m)
			}
		}
		s := place.New(moves...)
		for _, old := range counties {
			for _, part := range below {
				if len(part) < 6 {
					continue
				}
				village := old + part
				home := s.Current(village)[:place.County.Width()]
				for _, county := range counties {
					covers := s.Territory(county).Covers(village)
					switch ended := s.Current(county) != county; {
					case county == home && !covers:
						t.Fatalf("seed %d: %s is in %s today, whose territory %v does not cover it: %v", seed, village, home, s.Territory(home), moves)
					case county != home && !ended && covers:
						t.Fatalf("seed %d: %s is in %s today, and the territory %v of %s covers it: %v", seed, village, home, s.Territory(county), county, moves)
					}
				}
			}
		}
	}
}

func TestACircleOfSuccessionsIsFound(t *testing.T) {
	for _, tc := range []struct {
		name  string
		moves []place.Move
		want  bool
	}{
		{"none", shaodong(), false},
		{"a chain", []place.Move{{From: "430523", To: "430583"}, {From: "430583", To: "430505"}}, false},
		{"itself", []place.Move{{From: "430523", To: "430523"}}, true},
		{"there and back", []place.Move{{From: "430523", To: "430583"}, {From: "430583", To: "430523"}}, true},
		{"back into a part", []place.Move{{From: "430523", To: "430583", Keeps: true}, {From: "430583101", To: "430523101"}}, true},
		{"a part that comes back elsewhere", []place.Move{{From: "430523101", To: "430524105"}, {From: "430524105", To: "430523107"}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if m, got := place.New(tc.moves...).Circle(); got != tc.want {
				t.Errorf("Circle = %v, %t, want %t", m, got, tc.want)
			}
		})
	}
}
