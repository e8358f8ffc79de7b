package world

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/tests/suite"
)

// Bulletin returns the campaign's bulletin. It waits until the bulletin contains everything written before the call.
func Bulletin(tb testing.TB, s *suite.Suite, campaign string) *reportv1.Bulletin {
	tb.Helper()
	b, err := reportv1.NewBulletinServiceClient(s.Conn).GetBulletin(tb.Context(), &reportv1.GetBulletinRequest{
		Name: campaign + "/bulletin", AtLeast: Positions(tb.Context(), tb, s),
	})
	must(tb, "get bulletin", err)
	return b
}

// Positions returns the ends of the journals that report follows, in the form of requests.
func Positions(ctx context.Context, tb testing.TB, s *suite.Suite) []string {
	tb.Helper()
	var ends []string
	for _, service := range services.Followed() {
		log := services.Log(service)
		c, err := journalv1.NewJournalServiceClient(s.Conn).GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: log})
		must(tb, "get checkpoint", err)
		ends = append(ends, fmt.Sprintf("%s:%d", log, c.GetSize()))
	}
	return ends
}

// Deliveries returns all deliveries of the campaign.
func Deliveries(tb testing.TB, s *suite.Suite, campaign string) []*actionv1.Delivery {
	tb.Helper()
	ctx := s.As(tb, "auditor", Admin())
	var all []*actionv1.Delivery
	r := &actionv1.ListDeliveriesRequest{Parent: campaign, PageSize: 1000}
	for {
		page, err := actionv1.NewDeliveryServiceClient(s.Conn).ListDeliveries(ctx, r)
		must(tb, "list deliveries", err)
		all = append(all, page.GetDeliveries()...)
		if r.PageToken = page.GetNextPageToken(); r.PageToken == "" {
			return all
		}
	}
}

// Balanced fails the test unless every figure that is made of deliveries is the sum of the listed deliveries.
func Balanced(tb testing.TB, s *suite.Suite, c *actionv1.Campaign) {
	tb.Helper()
	campaign := c.GetName()
	if campaign == "" {
		campaign = Campaign
	}
	got, deliveries := Bulletin(tb, s, campaign), Deliveries(tb, s, campaign)
	type line struct {
		Indicator           string
		Recorded, Confirmed *reportv1.Amount
		Organizations       int64
		Reached             *int64
	}
	var listed, published []line
	for _, i := range c.GetIndicators() {
		if made := Of(i, deliveries); made != nil {
			reached := made.villages()
			l := line{i.GetId(), made.amount(i, false), made.amount(i, true), made.organizations(), &reached}
			if i.GetFormula().GetFilter() == provincial {
				l.Reached = nil // not counted
			}
			listed = append(listed, l)
		}
	}
	for _, f := range got.GetFigures() {
		if f.GetConfirmed() != nil {
			published = append(published, line{f.GetIndicator(), f.GetRecorded(), f.GetConfirmed(), f.GetOrganizations(), f.Villages})
		}
	}
	if d := cmp.Diff(listed, published, protocmp.Transform()); d != "" {
		tb.Errorf("the bulletin is not the sum of its deliveries (-listed +published):\n%s", d)
	}
}

// Ledger is the set of deliveries behind a figure.
type Ledger []*actionv1.Delivery

// Of returns the deliveries behind an indicator's figure, without void ones; nil if the figure is not made of
// deliveries. It applies the contract in the simplest way, without the code under test.
func Of(i *actionv1.Indicator, deliveries []*actionv1.Delivery) Ledger {
	l := Ledger{}
	for _, d := range deliveries {
		if d.GetState() != actionv1.Delivery_VOID && counts(i, d) {
			l = append(l, d)
		}
	}
	if i.GetFormula().GetSource() != actionv1.Formula_DELIVERIES {
		return nil
	}
	return l
}

// provincial is the only filter in the campaigns of tests.
const provincial = "organization.level = PROVINCIAL"

func counts(i *actionv1.Indicator, d *actionv1.Delivery) bool {
	switch f := i.GetFormula(); {
	case f.GetNamed():
		return d.GetIndicator() == i.GetId()
	case f.GetOf() == actionv1.Formula_DISTINCT && f.GetFilter() == "":
		return true
	case f.GetFilter() == provincial: // the code of an organization also contains its level
		authority := strings.TrimPrefix(d.GetOrganization(), "organizations/")[2:8]
		return strings.HasSuffix(authority, "0000") && authority != "100000"
	}
	switch i.GetKind() {
	case actionv1.Indicator_CASH_VALUE:
		return d.GetMeasure() == actionv1.Delivery_CASH
	case actionv1.Indicator_GOODS_VALUE:
		return d.GetMeasure() == actionv1.Delivery_GOODS
	case actionv1.Indicator_SERVICE_VALUE:
		return d.GetMeasure() == actionv1.Delivery_SERVICE
	default:
		return d.GetMeasure() != actionv1.Delivery_MEASURE_UNSPECIFIED
	}
}

func (l Ledger) amount(i *actionv1.Indicator, confirmed bool) *reportv1.Amount {
	a, who := &reportv1.Amount{}, Ledger{}
	for _, d := range l {
		if confirmed && d.GetState() != actionv1.Delivery_CONFIRMED {
			continue
		}
		who = append(who, d)
		a.Deliveries++
		switch d.GetMeasure() {
		case actionv1.Delivery_CASH:
			a.CashFen += d.GetValueFen()
		case actionv1.Delivery_GOODS:
			a.GoodsFen += d.GetValueFen()
		case actionv1.Delivery_SERVICE:
			a.ServiceFen += d.GetValueFen()
		}
		switch {
		case i.GetKind() == actionv1.Indicator_MIXED_VALUE: // kinds of value are not added up
		case i.GetUnit() == "CNY":
			a.Value += d.GetValueFen()
		default:
			a.Value += d.GetQuantity()
		}
	}
	switch f := i.GetFormula(); {
	case f.GetFilter() == provincial:
		return &reportv1.Amount{Value: who.organizations()}
	case f.GetOf() == actionv1.Formula_DISTINCT:
		a.Value = who.organizations()
	}
	return a
}

func (l Ledger) organizations() int64 { return distinct(l, (*actionv1.Delivery).GetOrganization) }

func (l Ledger) villages() int64 { return distinct(l, (*actionv1.Delivery).GetVillage) }

func distinct(l Ledger, key func(*actionv1.Delivery) string) int64 {
	seen := map[string]bool{}
	for _, d := range l {
		seen[key(d)] = true
	}
	return int64(len(seen))
}

// Changed returns the ids of the figures that differ between two bulletins.
func Changed(before, after *reportv1.Bulletin) []string {
	old := map[string]*reportv1.Figure{}
	for _, f := range before.GetFigures() {
		old[f.GetIndicator()] = f
	}
	var ids []string
	for _, f := range after.GetFigures() {
		if !cmp.Equal(old[f.GetIndicator()], f, protocmp.Transform()) {
			ids = append(ids, f.GetIndicator())
		}
	}
	return ids
}

// Short returns the last part of a resource name.
func Short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
