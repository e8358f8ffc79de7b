package campaign

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/predicate"
)

// organization is the prefix of filter fields that describe the organization of a fact.
const organization = "organization."

// unfit returns what contradicts the indicator's kind in its formula, and what the formula's source does not have.
func unfit(row int, i *actionv1.Indicator) []fault.Violation {
	f := i.GetFormula()
	if f == nil {
		return nil // the figure is only stated, never counted
	}
	var wrong []fault.Violation
	blame := func(field, reason, format string, args ...any) {
		wrong = append(wrong, fault.Violated(fmt.Sprintf("indicators[%d].formula.%s", row, field), reason, format, args...))
	}
	has := countable(f.GetSource())
	if (f.GetOf() == actionv1.Formula_SUM_FEN) != IsValue(i.GetKind()) {
		blame("of", "FORMULA_DISAGREES_WITH_KIND", "%s cannot give a figure of the kind %s", f.GetOf(), i.GetKind())
	}
	switch distinct := f.GetOf() == actionv1.Formula_DISTINCT; {
	case distinct && !slices.Contains(has.GetDimensions(), f.GetDimension()):
		blame("dimension", "NOT_OF_THE_SOURCE", "must be a dimension of %s", f.GetSource())
	case !distinct && f.GetDimension() != actionv1.Formula_DIMENSION_UNSPECIFIED:
		blame("dimension", "DIMENSION_WITHOUT_DISTINCT", "must be absent unless different ones are counted")
	}
	if s := f.GetStage(); s != actionv1.Formula_STAGE_UNSPECIFIED && !slices.Contains(has.GetStages(), s) {
		blame("stage", "NOT_OF_THE_SOURCE", "must be a stage of %s", f.GetSource())
	}
	if f.GetNamed() && !has.GetNamed() {
		blame("named", "NOT_OF_THE_SOURCE", "must be absent, since %s name no indicator", f.GetSource())
	}
	return append(wrong, unfitFilter(row, f, has)...)
}

func unfitFilter(row int, f *actionv1.Formula, has *actionv1.Countable) []fault.Violation {
	field := fmt.Sprintf("indicators[%d].formula.filter", row)
	fields, err := predicate.FieldsOf(has.GetFields())
	if err != nil {
		return []fault.Violation{fault.Violated(field, "UNKNOWN_FIELD", "cannot be checked, since this program does not know the source")}
	}
	filter, err := predicate.Parse(field, f.GetFilter(), fields)
	if err != nil {
		e, _ := fault.From(err)
		return e.Violations()
	}
	_, who, ok := filter.Split(organization)
	switch counted := f.GetOf() == actionv1.Formula_DISTINCT && f.GetDimension() == actionv1.Formula_ORGANIZATION; {
	case !ok:
		return []fault.Violation{fault.Violated(field, "ORGANIZATION_NOT_APART", "must join conditions on organizations to the others by AND")}
	case !who.Empty() && !counted:
		return []fault.Violation{fault.Violated(field, "ORGANIZATION_NOT_COUNTED", "can name fields of organizations only where different organizations are counted")}
	}
	return nil
}

// countable returns what can be counted in a source, or nil for a source that this program does not know.
func countable(s actionv1.Formula_Source) *actionv1.Countable {
	value := s.Descriptor().Values().ByNumber(s.Number())
	if value == nil {
		return nil
	}
	c, _ := proto.GetExtension(value.Options(), actionv1.E_Countable).(*actionv1.Countable)
	return c
}
