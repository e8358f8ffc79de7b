package figure

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/services/report/internal/facts"
)

// FormulaOf is what an indicator counts; false if it is only ever stated.
func FormulaOf(i *actionv1.Indicator) (facts.Formula, bool) {
	deliveries, scope := facts.Formula{Source: "deliveries"}, facts.Formula{Source: "scope_members", Of: facts.Distinct}
	switch i.GetBasis() {
	case actionv1.Indicator_DELIVERIES:
		deliveries.Of = facts.Quantity
		if i.GetUnit() == CNY {
			deliveries.Of = facts.Fen
		}
		deliveries.Where = func(c facts.Class) bool { return c.Indicator == i.GetId() }
		return deliveries, true
	case actionv1.Indicator_ALL_DELIVERIES_OF_MEASURE:
		deliveries.Of, deliveries.Where = facts.Fen, headline(i.GetKind())
		return deliveries, deliveries.Where != nil
	case actionv1.Indicator_DISTINCT_ORGANIZATIONS:
		deliveries.Of, deliveries.Dimension = facts.Distinct, facts.Organization
		return deliveries, true
	case actionv1.Indicator_DISTINCT_PROVINCIAL_ORGANIZATIONS:
		deliveries.Of, deliveries.Dimension, deliveries.Who = facts.Distinct, facts.Organization, provincial
		return deliveries, true
	case actionv1.Indicator_SCOPE_VILLAGES:
		scope.Dimension = facts.Village
		return scope, true
	case actionv1.Indicator_SCOPE_COUNTIES:
		scope.Dimension = facts.County
		return scope, true
	case actionv1.Indicator_SCOPE_PREFECTURES:
		scope.Dimension = facts.PrefectureUnit
		return scope, true
	case actionv1.Indicator_ACTIONS:
		return facts.Formula{Source: "actions"}, true
	default:
		return facts.Formula{}, false
	}
}

// headline selects the facts of the measure that a kind of figure names; nil if it names none.
func headline(k actionv1.Indicator_Kind) func(facts.Class) bool {
	of := func(m facts.Measure) func(facts.Class) bool {
		return func(c facts.Class) bool { return c.Measure == m }
	}
	switch k {
	case actionv1.Indicator_CASH_VALUE:
		return of(facts.Cash)
	case actionv1.Indicator_GOODS_VALUE:
		return of(facts.Goods)
	case actionv1.Indicator_SERVICE_VALUE:
		return of(facts.Services)
	case actionv1.Indicator_MIXED_VALUE, actionv1.Indicator_UNSTATED_VALUE:
		return func(c facts.Class) bool { return c.Measure != facts.Unvalued }
	default:
		return nil // a number of things has no measure
	}
}

func provincial(c facts.Class) bool {
	level, _ := c.Attributes.Get("level")
	return level == "PROVINCIAL"
}
