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
	var wrong []fault.Violation
	wrong = append(wrong, dates(c)...)
	wrong = append(wrong, twice("actions", c.GetActions())...)
	wrong = append(wrong, twice("headings", c.GetHeadings())...)
	wrong = append(wrong, twice("indicators", c.GetIndicators())...)
	wrong = append(wrong, twice("need_categories", c.GetNeedCategories())...)
	actions := idsOf(c.GetActions())
	wrong = append(wrong, impostors(c, actions)...)
	for i, n := range c.GetNeedCategories() {
		if n.GetAction() != "" && !actions[n.GetAction()] {
			wrong = append(wrong, at("need_categories", i, "action", "ACTION_UNKNOWN", "the campaign has no action "+n.GetAction()))
		}
	}
	headings := idsOf(c.GetHeadings())
	for i, indicator := range c.GetIndicators() {
		if g := indicator.GetGroup(); !actions[g] && !headings[g] {
			wrong = append(wrong, at("indicators", i, "group", "GROUP_UNKNOWN", "the campaign has no action and no heading "+g))
		}
		wrong = append(wrong, misfits(i, indicator)...)
		wrong = append(wrong, unfit(i, indicator)...)
	}
	if len(wrong) > 0 {
		return fault.InvalidAll(wrong)
	}
	return nil
}

func dates(c *actionv1.Campaign) []fault.Violation {
	if c.GetEndDate() != nil && day.Number(c.GetEndDate()) < day.Number(c.GetStartDate()) {
		return []fault.Violation{{Field: "end_date", Reason: "BEFORE_START_DATE", Description: "must not be before start_date"}}
	}
	return nil
}

// twice reports each element that has the same id as an earlier one.
func twice[E interface{ GetId() string }](field string, list []E) []fault.Violation {
	var wrong []fault.Violation
	first := make(map[string]int, len(list))
	for i, e := range list {
		if j, seen := first[e.GetId()]; seen {
			wrong = append(wrong, at(field, i, "id", "DUPLICATE", fmt.Sprintf("%s stands in %s[%d] as well", e.GetId(), field, j)))
			continue
		}
		first[e.GetId()] = i
	}
	return wrong
}

// impostors reports headings that have the id of an action.
func impostors(c *actionv1.Campaign, actions map[string]bool) []fault.Violation {
	var wrong []fault.Violation
	for i, h := range c.GetHeadings() {
		if actions[h.GetId()] {
			wrong = append(wrong, at("headings", i, "id", "ID_OF_AN_ACTION", h.GetId()+" is an action, which is a heading by itself"))
		}
	}
	return wrong
}

// misfits reports a unit that contradicts the indicator's kind: amounts of money are in CNY, all other figures in
// another unit.
func misfits(row int, i *actionv1.Indicator) []fault.Violation {
	var wrong []fault.Violation
	kind := i.GetKind()
	switch {
	case IsValue(kind) && i.GetUnit() != currency:
		wrong = append(wrong, at("indicators", row, "unit", "UNIT_DISAGREES_WITH_KIND", fmt.Sprintf("must be %s for the kind %s", currency, kind)))
	case !IsValue(kind) && i.GetUnit() == currency:
		wrong = append(wrong, at("indicators", row, "unit", "UNIT_DISAGREES_WITH_KIND", fmt.Sprintf("must not be %s for the kind %s", currency, kind)))
	}
	return wrong
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

func at(list string, row int, field, reason, description string) fault.Violation {
	return fault.Violation{Field: fmt.Sprintf("%s[%d].%s", list, row, field), Reason: reason, Description: description}
}
