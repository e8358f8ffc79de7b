package world

import (
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
)

// City is the code that the county has after BecomesCity; CityVillage is the first village under the new code.
const (
	City        = "433184"
	CityVillage = City + "101201"
)

// BecomesCity imports an edition in which the county's divisions have the city's code, with the same digits below it.
// Without a succession the city has no past.
func BecomesCity(tb testing.TB, s *suite.Suite) {
	tb.Helper()
	ctx, divisions := s.As(tb, "province", Admin()), villagev1.NewDivisionServiceClient(s.Conn)
	all, err := divisions.ListDivisions(ctx, &villagev1.ListDivisionsRequest{PageSize: 1000, Filter: "retired = false"})
	must(tb, "ListDivisions", err)
	r := &villagev1.ImportDivisionsRequest{Edition: "2019-10-31", Complete: true}
	for _, d := range all.GetDivisions() {
		code := d.GetCode()
		if below, in := strings.CutPrefix(code, County); in {
			code = City + below
		}
		name := strings.Replace(d.GetDisplayName(), "花垣县", "花垣市", 1)
		r.Divisions = append(r.Divisions, &villagev1.Division{Code: code, DisplayName: name})
	}
	_, err = divisions.ImportDivisions(ctx, r)
	must(tb, "ImportDivisions", err)
	_, err = villagev1.NewVillageServiceClient(s.Conn).CreateVillage(ctx, &villagev1.CreateVillageRequest{
		Village: &villagev1.Village{Code: CityVillage},
	})
	must(tb, "CreateVillage", err)
}

// Succeed creates the succession that makes the city what the county was, and returns its name.
func Succeed(tb testing.TB, s *suite.Suite) string {
	tb.Helper()
	created, err := villagev1.NewSuccessionServiceClient(s.Conn).CreateSuccession(s.As(tb, "province", Admin()),
		&villagev1.CreateSuccessionRequest{Succession: &villagev1.Succession{
			Predecessor: "divisions/" + County + "000000", Successor: "divisions/" + City + "000000",
			Kind: villagev1.Succession_RENAME, EffectiveDate: &date.Date{Year: 2019, Month: 10, Day: 31}, SourceNote: "示例批复",
		}})
	must(tb, "CreateSuccession", err)
	return created.GetName()
}
