package figure

import (
	"strings"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/predicate"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// FormulaOf returns the formula of an indicator. It returns false if the indicator is only stated, or if this version
// of report does not support the formula, as can happen during a rollout.
func FormulaOf(i *actionv1.Indicator) (facts.Formula, bool) {
	declared := i.GetFormula()
	f := facts.Formula{
		Source: strings.ToLower(declared.GetSource().String()), Dimension: facts.Dimension(strings.ToLower(declared.GetDimension().String())),
	}
	if declared.GetStage() != actionv1.Formula_STAGE_UNSPECIFIED {
		f.Stage = facts.StageOf(declared.GetStage().String())
	}
	switch declared.GetOf() {
	case actionv1.Formula_COUNT:
		f.Of = facts.Count
	case actionv1.Formula_SUM_QUANTITY:
		f.Of = facts.Quantity
	case actionv1.Formula_SUM_FEN:
		f.Of = facts.Fen
	case actionv1.Formula_DISTINCT:
		f.Of = facts.Distinct
	case actionv1.Formula_OF_UNSPECIFIED:
		return f, false
	}
	filter, who, ok := filtersOf(declared)
	if !ok {
		return f, false
	}
	f.Where = func(c facts.Class) bool {
		return (!declared.GetNamed() || c.Indicator == i.GetId()) && (f.Of != facts.Fen || ofKind(i.GetKind(), c.Measure)) && filter.Matches(valuesOf(c))
	}
	if !who.Empty() {
		f.Who = func(c facts.Class) bool { return who.Matches(valuesOf(c)) }
	}
	return f, true
}

// filtersOf returns the conditions of a formula on facts and on the organizations of the facts.
func filtersOf(f *actionv1.Formula) (on, who predicate.Predicate, ok bool) {
	fields, err := predicate.FieldsOf(Countable(f.GetSource()).GetFields())
	if err != nil {
		return on, who, false
	}
	filter, err := predicate.Parse("filter", f.GetFilter(), fields)
	if err != nil {
		return on, who, false
	}
	return filter.Split("organization.")
}

// Countable returns what formulas may use of a source as declared in the protos, or nil for an unknown source.
func Countable(s actionv1.Formula_Source) *actionv1.Countable {
	value := s.Descriptor().Values().ByNumber(s.Number())
	if value == nil {
		return nil
	}
	c, _ := proto.GetExtension(value.Options(), actionv1.E_Countable).(*actionv1.Countable)
	return c
}

// ofKind reports whether values of a measure are part of a figure of a kind. Kinds without a measure of their own
// accept all values.
func ofKind(k actionv1.Indicator_Kind, m facts.Measure) bool {
	switch k {
	case actionv1.Indicator_CASH_VALUE:
		return m == facts.Cash
	case actionv1.Indicator_GOODS_VALUE:
		return m == facts.Goods
	case actionv1.Indicator_SERVICE_VALUE:
		return m == facts.Services
	default:
		return m != facts.Unvalued
	}
}

// valuesOf returns a lookup of the fields of a class by their names in filters.
func valuesOf(c facts.Class) func(string) string {
	return func(field string) string { return ValueOf(c, field) }
}

// ValueOf returns the value of a field of a class, by its name in filters: "" if it has none.
func ValueOf(c facts.Class, field string) string {
	switch field {
	case "action":
		return c.Action
	case "indicator":
		return c.Indicator
	case "measure":
		return actionv1.Delivery_Measure(c.Measure).String() //nolint:gosec // an enum's number
	default:
		value, _ := c.Attributes.Get(field)
		return value
	}
}
