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

// Data is the whole demonstration as the requests that load it, in the order in which they can be sent.
type Data struct {
	Divisions     *villagev1.ImportDivisionsRequest
	Villages      *villagev1.BatchCreateVillagesRequest
	Scope         *villagev1.CreateScopeRequest
	Organizations *orgv1.BatchCreateOrganizationsRequest
	Campaign      *actionv1.CreateCampaignRequest
	Needs         []Need
	Deliveries    []Delivery
	Statements    *reportv1.BatchCreateStatementsRequest
}

// Need is a need and how far it gets.
type Need struct {
	Request      *villagev1.CreateNeedRequest
	State        villagev1.Need_State
	ReturnReason string
}

// Name is the need's resource name.
func (n Need) Name() string { return n.Request.GetParent() + "/needs/" + n.Request.GetNeedId() }

// Delivery is a delivery as it is first recorded and what becomes of it.
type Delivery struct {
	Request *actionv1.CreateDeliveryRequest
	// Amended is the delivery after its recorder corrected it; nil if it was right from the start.
	Amended *actionv1.Delivery
	// State is where it ends, and Reason why if it is disputed or void.
	State  actionv1.Delivery_State
	Reason string
}

// Name is the delivery's resource name.
func (d Delivery) Name() string {
	return d.Request.GetParent() + "/deliveries/" + d.Request.GetDeliveryId()
}

// Final is the delivery as it counts in the end.
func (d Delivery) Final() *actionv1.Delivery {
	if d.Amended != nil {
		return d.Amended
	}
	return d.Request.GetDelivery()
}

// Generate makes the demonstration. Every call gives the same, down to each id and request id. An error means that the
// files built into the program contradict the contract.
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
	d.Needs = g.needs(d.Campaign.GetCampaign().GetNeedCategories(), places)
	d.Deliveries = g.deliveries(organizations, places)
	return d, nil
}

// generator draws from one stream of numbers, so the order of its calls is part of the data.
type generator struct {
	rng      *rand.Rand
	campaign string
}

// between draws from low to high, both included.
func (g *generator) between(low, high int) int { return low + g.rng.IntN(high-low+1) }

// identity derives a UUID from what it is for.
func identity(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("wancun/demo\x00"+strings.Join(parts, "\x00"))).String()
}
