package campaign

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// currency is the unit of all amounts of money. No other figure may use it.
const currency = "CNY"

// Validate checks the rules that every campaign satisfies: its dates are in order; its ids are unique; no heading has
// the id of an action; need categories name actions of the campaign; indicators are grouped under its headings or
// actions; and the unit, kind and formula of each indicator fit together.
func Validate(c *actionv1.Campaign) error {
	var wrong fault.Collector
	if c.GetEndDate() != nil && day.Number(c.GetEndDate()) < day.Number(c.GetStartDate()) {
		wrong.Add("end_date", "BEFORE_START_DATE", "must not be before start_date")
	}
	twice(&wrong, "actions", c.GetActions())
	twice(&wrong, "headings", c.GetHeadings())
	twice(&wrong, "indicators", c.GetIndicators())
	twice(&wrong, "need_categories", c.GetNeedCategories())
	actions, headings := idsOf(c.GetActions()), idsOf(c.GetHeadings())
	for i, h := range c.GetHeadings() {
		if actions[h.GetId()] {
			wrong.Row("headings", i).Add("id", "ID_OF_AN_ACTION", "%s is an action, which is a heading by itself", h.GetId())
		}
	}
	for i, n := range c.GetNeedCategories() {
		if n.GetAction() != "" && !actions[n.GetAction()] {
			wrong.Row("need_categories", i).Add("action", "ACTION_UNKNOWN", "the campaign has no action %s", n.GetAction())
		}
	}
	for i, indicator := range c.GetIndicators() {
		row := wrong.Row("indicators", i)
		if g := indicator.GetGroup(); !actions[g] && !headings[g] {
			row.Add("group", "GROUP_UNKNOWN", "the campaign has no action and no heading %s", g)
		}
		checkUnit(row, indicator)
		checkFormula(row.In("formula"), indicator)
	}
	return wrong.Err()
}

// twice reports each element that has the same id as an earlier one.
func twice[E interface{ GetId() string }](wrong *fault.Collector, field string, list []E) {
	first := make(map[string]int, len(list))
	for i, e := range list {
		if j, seen := first[e.GetId()]; seen {
			wrong.Row(field, i).Add("id", "DUPLICATE", "%s is the id of %s[%d] as well", e.GetId(), field, j)
			continue
		}
		first[e.GetId()] = i
	}
}

// checkUnit reports a unit that contradicts the indicator's kind: amounts of money are in CNY, all other figures in
// another unit.
func checkUnit(wrong *fault.Collector, i *actionv1.Indicator) {
	switch money := i.GetUnit() == currency; {
	case IsValue(i.GetKind()) && !money:
		wrong.Add("unit", "UNIT_DISAGREES_WITH_KIND", "must be %s for the kind %s", currency, i.GetKind())
	case !IsValue(i.GetKind()) && money:
		wrong.Add("unit", "UNIT_DISAGREES_WITH_KIND", "must not be %s for the kind %s", currency, i.GetKind())
	}
}

// IsValue reports whether a kind of figure is an amount of money.
func IsValue(k actionv1.Indicator_Kind) bool {
	switch k {
	case actionv1.Indicator_CASH_VALUE, actionv1.Indicator_GOODS_VALUE, actionv1.Indicator_SERVICE_VALUE,
		actionv1.Indicator_MIXED_VALUE, actionv1.Indicator_UNSTATED_VALUE:
		return true
	case actionv1.Indicator_KIND_UNSPECIFIED, actionv1.Indicator_COUNT, actionv1.Indicator_DISTINCT:
	}
	return false
}

// Keep refuses an update that removes an action or an indicator, or that changes what an indicator counts, because
// deliveries and statements depend on them.
func Keep(old, updated *actionv1.Campaign) error {
	kept := idsOf(updated.GetActions())
	for _, a := range old.GetActions() {
		if !kept[a.GetId()] {
			return fault.Precondition(old.GetName(), "ACTION_REMOVED", "the action %s cannot be removed", a.GetId()).At("actions")
		}
	}
	return keepIndicators(old, updated)
}

func keepIndicators(old, updated *actionv1.Campaign) error {
	rows := make(map[string]int, len(updated.GetIndicators()))
	for i, indicator := range updated.GetIndicators() {
		rows[indicator.GetId()] = i
	}
	before, after := idsOf(old.GetActions()), idsOf(updated.GetActions())
	for _, was := range old.GetIndicators() {
		row, kept := rows[was.GetId()]
		if !kept {
			return fault.Precondition(old.GetName(), "INDICATOR_REMOVED", "the indicator %s cannot be removed", was.GetId()).At("indicators")
		}
		if field := changed(was, updated.GetIndicators()[row], before, after); field != "" {
			return fault.Precondition(old.GetName(), "INDICATOR_CHANGED", "the %s of the indicator %s cannot be changed", field, was.GetId()).
				At(fmt.Sprintf("indicators[%d].%s", row, field))
		}
	}
	return nil
}

// changed returns the first field whose change makes an indicator count something else, or "" if there is none. before
// and after are the actions of the campaign.
func changed(was, is *actionv1.Indicator, before, after map[string]bool) string {
	switch {
	case is.GetUnit() != was.GetUnit():
		return "unit"
	case is.GetKind() != was.GetKind():
		return "kind"
	case !proto.Equal(is.GetFormula(), was.GetFormula()):
		return "formula"
	case actionOf(is, after) != actionOf(was, before):
		return "group"
	}
	return ""
}

// actionOf returns the action that groups an indicator, or "" if its group is a heading.
func actionOf(i *actionv1.Indicator, actions map[string]bool) string {
	if actions[i.GetGroup()] {
		return i.GetGroup()
	}
	return ""
}

func idsOf[E interface{ GetId() string }](list []E) map[string]bool {
	ids := make(map[string]bool, len(list))
	for _, e := range list {
		ids[e.GetId()] = true
	}
	return ids
}
