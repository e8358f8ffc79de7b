package demo

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/wancun/internal/scenario"
)

// The people of the demonstration. The teams of villages and the clerks of counties have functions below.
const (
	province  = "demo:province"      // registers, and creates statements
	registrar = "demo:registrar"     // approves the registered organizations
	office    = "demo:action-office" // records, amends and voids deliveries
)

// team returns the person who submits the needs of a village and answers for its deliveries.
func team(village string) string {
	return "demo:village-team-" + strings.TrimPrefix(village, "villages/")
}

// clerk returns the person who verifies the needs of a county.
func clerk(county string) string { return "demo:county-" + county }

// Scenario returns the demonstration. Every call returns the same lines, including all ids. An error means that the
// embedded files violate the contract.
func Scenario() ([]scenario.Line, error) {
	c, err := campaign()
	if err != nil {
		return nil, err
	}
	figures, err := statements()
	if err != nil {
		return nil, err
	}
	divisions, err := realDivisions()
	if err != nil {
		return nil, err
	}
	places := placesIn(divisions.GetDivisions())
	organizations := exampleOrganizations()
	g := &generator{rng: rand.New(rand.NewPCG(2019, 12))} //nolint:gosec // the same data everywhere is the point
	g.people(places)
	divisions.Divisions = append(divisions.Divisions, exampleDivisions(places)...)
	g.call("divisions", province, villagev1.DivisionService_ImportDivisions_FullMethodName, divisions)
	g.villages(places)
	g.scope(strings.TrimPrefix(c.GetCampaign().GetScope(), "scopes/"), places)
	g.register(organizations)
	g.partyBranches(organizations)
	g.call("campaign", province, actionv1.CampaignService_CreateCampaign_FullMethodName, c)
	g.needs(c.GetCampaign().GetNeedCategories(), places)
	g.deliveries(organizations, places)
	g.call("statements", province, reportv1.StatementService_BatchCreateStatements_FullMethodName, figures)
	return g.lines(), nil
}

// generator makes the lines of the scenario. It draws from a single random sequence, so a different order of calls
// changes the data.
type generator struct {
	rng    *rand.Rand
	staff  []scenario.Line
	stages []stage
}

// stage is a stage with its calls.
type stage struct {
	name  string
	calls []scenario.Line
}

// call adds a call to a stage. The stages are in the order of their first calls.
func (g *generator) call(name, as, method string, request proto.Message) {
	at := slices.IndexFunc(g.stages, func(s stage) bool { return s.name == name })
	if at < 0 {
		at, g.stages = len(g.stages), append(g.stages, stage{name: name})
	}
	g.stages[at].calls = append(g.stages[at].calls, scenario.Line{As: as, Call: method, Request: request})
}

// person adds a person with a role in an area.
func (g *generator) person(subject string, role accessv1.Grant_Role, area string) {
	g.staff = append(g.staff, scenario.Line{Person: subject, Grants: []*accessv1.Grant{{Role: role, Area: area}}})
}

func (g *generator) people(places []place) {
	const everywhere = "43" // the province
	g.person(province, accessv1.Grant_PROVINCE_ADMIN, everywhere)
	g.person(registrar, accessv1.Grant_PROVINCE_ADMIN, everywhere)
	g.person(office, accessv1.Grant_ACTION_OFFICE, everywhere)
	for _, p := range places {
		if p.number == 1 {
			g.person(clerk(p.county()), accessv1.Grant_COUNTY_CLERK, p.county())
		}
		g.person(team(p.village()), accessv1.Grant_VILLAGE_TEAM, p.code)
	}
}

// lines returns the people, followed by the stages.
func (g *generator) lines() []scenario.Line {
	lines := g.staff
	for _, s := range g.stages {
		lines = append(append(lines, scenario.Line{Stage: s.name}), s.calls...)
	}
	return lines
}

// between returns a random number from low to high, both included.
func (g *generator) between(low, high int) int { return low + g.rng.IntN(high-low+1) }

// identity derives a UUID from parts that identify its use.
func identity(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("wancun/demo\x00"+strings.Join(parts, "\x00"))).String()
}
