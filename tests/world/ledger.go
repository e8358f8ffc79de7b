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

// Bulletin is the campaign's bulletin with everything that was written before the call in it.
func Bulletin(tb testing.TB, s *suite.Suite, campaign string) *reportv1.Bulletin {
	tb.Helper()
	b, err := reportv1.NewBulletinServiceClient(s.Conn).GetBulletin(tb.Context(), &reportv1.GetBulletinRequest{
		Name: campaign + "/bulletin", AtLeast: Positions(tb.Context(), tb, s),
	})
	must(tb, "get bulletin", err)
	return b
}

// Positions are the ends of the journals that report follows, as requests name them.
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

// Deliveries are all deliveries of the campaign, page by page.
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

// Balanced fails the test unless every figure of the bulletin made of deliveries is the sum of the deliveries listed.
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

// Ledger is the deliveries behind a figure.
type Ledger []*actionv1.Delivery

// Of are the deliveries that make up an indicator's figure, void ones left out; nil if it is not made of deliveries. It
// is worked out from the contract alone, the slow and obvious way.
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

// provincial is the only filter that the campaigns of tests have.
const provincial = "organization.level = PROVINCIAL"

func counts(i *actionv1.Indicator, d *actionv1.Delivery) bool {
	switch f := i.GetFormula(); {
	case f.GetNamed():
		return d.GetIndicator() == i.GetId()
	case f.GetOf() == actionv1.Formula_DISTINCT && f.GetFilter() == "":
		return true
	case f.GetFilter() == provincial: // which the code of an organization says as well
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
		case i.GetKind() == actionv1.Indicator_MIXED_VALUE: // never added silently
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

// Changed are the ids of the figures that differ between two bulletins.
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

// Short is the last part of a resource name.
func Short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
