package delivery

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/action/internal/campaign"
	"github.com/wancun/wancun/services/action/internal/peers"
)

// world holds the facts from other resources that the rules of recording need.
type world struct {
	campaign      *campaign.Catalogue
	scope         *peers.Membership
	organizations map[string]peers.Approval
}

// admit refuses a delivery that the campaign cannot count. It first reports all errors of the delivery itself and
// against the campaign's catalogue, then errors of its organization and its village.
func (w *world) admit(d *actionv1.Delivery) error {
	on := day.Number(d.GetDeliveryDate())
	var wrong fault.Collector
	w.catalogue(d, &wrong)
	if !w.campaign.Runs(on) {
		wrong.Add("delivery_date", "OUTSIDE_CAMPAIGN", "must be within the dates of %s", w.campaign.Name())
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	switch w.organizations[d.GetOrganization()] {
	case peers.Unknown:
		return fault.Precondition(d.GetOrganization(), "ORGANIZATION_UNKNOWN", "%s is not in the register", d.GetOrganization()).At("organization")
	case peers.Registered:
		return fault.Precondition(d.GetOrganization(), "ORGANIZATION_NOT_APPROVED", "%s is not approved", d.GetOrganization()).At("organization")
	case peers.Approved:
	}
	if !w.scope.Holds(d.GetVillage(), on) {
		return fault.Precondition(d.GetVillage(), "VILLAGE_NOT_IN_SCOPE", "%s is not in %s on that day", d.GetVillage(), w.campaign.Scope()).At("village")
	}
	return nil
}

func (w *world) catalogue(d *actionv1.Delivery, wrong *fault.Collector) {
	if !w.campaign.HasAction(d.GetAction()) {
		wrong.Add("action", "ACTION_UNKNOWN", "is no action of %s", w.campaign.Name())
	}
	i := w.campaign.Indicator(d.GetIndicator())
	if i == nil {
		wrong.Add("indicator", "INDICATOR_UNKNOWN", "is no indicator of %s", w.campaign.Name())
		return
	}
	if !i.GetFormula().GetNamed() {
		wrong.Add("indicator", "NOT_COUNTED_BY_DELIVERIES", "is not counted by deliveries")
	}
	if a := w.campaign.ActionOf(i); a != "" && a != d.GetAction() {
		wrong.Add("indicator", "INDICATOR_OF_ANOTHER_ACTION", "%s belongs to the action %s", i.GetId(), a)
	}
	figures(d, i, wrong)
}

// figures checks quantity, value and measure against what the indicator counts.
func figures(d *actionv1.Delivery, i *actionv1.Indicator, wrong *fault.Collector) {
	value := campaign.IsValue(i.GetKind())
	switch {
	case value && d.GetQuantity() != 0:
		wrong.Add("quantity", "QUANTITY_OF_MONEY", "must be 0, since %s is counted in %s", i.GetId(), i.GetUnit())
	case !value && d.GetQuantity() == 0:
		wrong.Add("quantity", "QUANTITY_MISSING", "must be greater than 0, in the unit %s", i.GetUnit())
	}
	if value && d.GetValueFen() == 0 {
		wrong.Add("value_fen", "VALUE_MISSING", "must be greater than 0, since %s is counted in %s", i.GetId(), i.GetUnit())
	}
	measured := d.GetMeasure() != actionv1.Delivery_MEASURE_UNSPECIFIED
	switch want := measureOf(i.GetKind()); {
	case measured && d.GetValueFen() == 0:
		wrong.Add("measure", "MEASURE_WITHOUT_VALUE", "must be absent without a value")
	case !measured && d.GetValueFen() != 0:
		wrong.Add("measure", "MEASURE_MISSING", "must say what the value is: cash, goods or services")
	case measured && want != actionv1.Delivery_MEASURE_UNSPECIFIED && d.GetMeasure() != want:
		wrong.Add("measure", "MEASURE_DISAGREES_WITH_INDICATOR", "must be %s for %s", want, i.GetId())
	}
}

// measureOf returns the only measure that an indicator of this kind counts, or MEASURE_UNSPECIFIED if it counts any.
func measureOf(k actionv1.Indicator_Kind) actionv1.Delivery_Measure {
	switch k {
	case actionv1.Indicator_CASH_VALUE:
		return actionv1.Delivery_CASH
	case actionv1.Indicator_GOODS_VALUE:
		return actionv1.Delivery_GOODS
	case actionv1.Indicator_SERVICE_VALUE:
		return actionv1.Delivery_SERVICE
	case actionv1.Indicator_KIND_UNSPECIFIED, actionv1.Indicator_COUNT, actionv1.Indicator_DISTINCT,
		actionv1.Indicator_MIXED_VALUE, actionv1.Indicator_UNSTATED_VALUE:
	}
	return actionv1.Delivery_MEASURE_UNSPECIFIED
}
