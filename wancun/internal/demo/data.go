package demo

import (
	"math/rand/v2"
	"strings"

	"github.com/google/uuid"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// Data is the whole demonstration, as the requests that load it, in an order in which they can be sent.
type Data struct {
	Divisions     *villagev1.ImportDivisionsRequest
	Villages      *villagev1.BatchCreateVillagesRequest
	Scope         *villagev1.CreateScopeRequest
	Organizations *orgv1.BatchCreateOrganizationsRequest
	PartyBranches *orgv1.BatchCreatePartyBranchesRequest
	Campaign      *actionv1.CreateCampaignRequest
	Needs         []Need
	Deliveries    []Delivery
	Statements    *reportv1.BatchCreateStatementsRequest
}

// Need is a need with its final state.
type Need struct {
	Request      *villagev1.CreateNeedRequest
	State        villagev1.Need_State
	ReturnReason string
}

// Name returns the need's resource name.
func (n Need) Name() string { return n.Request.GetParent() + "/needs/" + n.Request.GetNeedId() }

// Delivery is a delivery as it is first recorded, with its final state.
type Delivery struct {
	Request *actionv1.CreateDeliveryRequest
	// Amended is the delivery after its correction; nil if it was recorded correctly.
	Amended *actionv1.Delivery
	// State is the final state. Reason is the reason of a disputed or void delivery.
	State  actionv1.Delivery_State
	Reason string
}

// Name returns the delivery's resource name.
func (d Delivery) Name() string {
	return d.Request.GetParent() + "/deliveries/" + d.Request.GetDeliveryId()
}

// Final returns the delivery as it counts in the sums: amended, if it was.
func (d Delivery) Final() *actionv1.Delivery {
	if d.Amended != nil {
		return d.Amended
	}
	return d.Request.GetDelivery()
}

// Generate makes the demonstration. Every call returns the same data, including all ids and request ids. An error means
// that the embedded files violate the contract.
func Generate() (Data, error) {
	var d Data
	var err error
	if d.Campaign, err = campaign(); err != nil {
		return Data{}, err
	}
	if d.Statements, err = statements(d.Campaign.GetCampaignId()); err != nil {
		return Data{}, err
	}
	if d.Divisions, err = realDivisions(); err != nil {
		return Data{}, err
	}
	g := &generator{
		rng:      rand.New(rand.NewPCG(2019, 12)), //nolint:gosec // the same data everywhere is the point
		campaign: "campaigns/" + d.Campaign.GetCampaignId(),
	}
	places := g.places(d.Divisions.GetDivisions())
	d.Divisions.Divisions = append(d.Divisions.Divisions, exampleDivisions(places)...)
	d.Villages = villages(places)
	d.Scope = scope(strings.TrimPrefix(d.Campaign.GetCampaign().GetScope(), "scopes/"), places)
	organizations := exampleOrganizations()
	d.Organizations = registration(organizations)
	d.PartyBranches = partyBranches(organizations)
	d.Needs = g.needs(d.Campaign.GetCampaign().GetNeedCategories(), places)
	d.Deliveries = g.deliveries(organizations, places)
	return d, nil
}

// generator draws from a single random sequence, so a different order of calls changes the data.
type generator struct {
	rng      *rand.Rand
	campaign string
}

// between returns a random number from low to high, both included.
func (g *generator) between(low, high int) int { return low + g.rng.IntN(high-low+1) }

// identity derives a UUID from parts that identify its use.
func identity(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("wancun/demo\x00"+strings.Join(parts, "\x00"))).String()
}
