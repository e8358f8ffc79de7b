package demo

import (
	"fmt"
	"strings"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
)

// place is an example village with the first day of its membership in the scope.
type place struct {
	code   string // 6 digits of a real county, township 599, which no edition uses there, village from 201
	number int    // within its county
	joined time.Time
}

func (p place) county() string  { return p.code[:6] }
func (p place) village() string { return "villages/" + p.code }
func (p place) title() string   { return fmt.Sprintf("示例村%02d", p.number) }

// placesIn distributes the notice's 153 villages over its counties: 61 from the campaign's beginning in the 7 counties of
// Xiangxi, and 92 that joined later in the 12 counties of the other prefectures.
func placesIn(divisions []*villagev1.Division) []place {
	var first, later []string
	for _, d := range divisions {
		switch {
		case d.GetLevel() != villagev1.Division_COUNTY:
		case strings.HasPrefix(d.GetCode(), "4331"):
			first = append(first, d.GetCode()[:6])
		default:
			later = append(later, d.GetCode()[:6])
		}
	}
	wave := func(counties []string, villages int, joined time.Time) (places []place) {
		for i, county := range counties {
			n := (villages + len(counties) - 1 - i) / len(counties) // the first counties take the remainder
			for number := 1; number <= n; number++ {
				places = append(places, place{fmt.Sprintf("%s599%03d", county, 200+number), number, joined})
			}
		}
		return places
	}
	return append(
		wave(first, 61, time.Date(2019, time.August, 1, 0, 0, 0, 0, time.UTC)),
		wave(later, 92, time.Date(2019, time.September, 1, 0, 0, 0, 0, time.UTC))...)
}

// exampleDivisions returns the divisions below the counties: one township in each, with its villages.
func exampleDivisions(places []place) []*villagev1.Division {
	var divisions []*villagev1.Division
	for _, p := range places {
		township := p.code[:9] + "000"
		if p.number == 1 {
			divisions = append(divisions, &villagev1.Division{
				Code: township, DisplayName: "示例乡", DisplayNameEn: "Example Township",
				Level: villagev1.Division_TOWNSHIP, Kind: "township", Parent: "divisions/" + p.county() + "000000",
			})
		}
		divisions = append(divisions, &villagev1.Division{
			Code: p.code, DisplayName: p.title(), DisplayNameEn: fmt.Sprintf("Example Village %02d", p.number),
			Level: villagev1.Division_VILLAGE, Kind: "villagers_committee", Parent: "divisions/" + township,
		})
	}
	return divisions
}

func (g *generator) villages(places []place) {
	r := &villagev1.BatchCreateVillagesRequest{}
	for _, p := range places {
		r.Requests = append(r.Requests, &villagev1.CreateVillageRequest{Village: &villagev1.Village{
			Code: p.code, DisplayName: p.title(), DeeplyPoor: true, Example: true,
		}})
	}
	g.call("villages", province, villagev1.VillageService_BatchCreateVillages_FullMethodName, r)
}

func (g *generator) scope(id string, places []place) {
	s := &villagev1.Scope{
		DisplayName:   "19个未摘帽县的153个深度贫困村（村为示例）",
		DisplayNameEn: "153 deeply poor villages of 19 counties not yet delisted (villages are examples)",
	}
	for _, p := range places {
		s.Members = append(s.Members, &villagev1.ScopeMember{Village: p.village(), ValidFrom: day.At(p.joined).Date()})
	}
	g.call("scope", province, villagev1.ScopeService_CreateScope_FullMethodName, &villagev1.CreateScopeRequest{
		Scope: s, ScopeId: id,
	})
}
