package campaign

import (
	"slices"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/predicate"
)

// organization is the prefix of filter fields that describe the organization of a fact.
const organization = "organization."

// checkFormula reports what contradicts the indicator's kind in its formula, and what the formula's source does not have.
// An indicator without a formula is only stated, never counted.
func checkFormula(wrong *fault.Collector, i *actionv1.Indicator) {
	f := i.GetFormula()
	if f == nil {
		return
	}
	has := countable(f.GetSource())
	if (f.GetOf() == actionv1.Formula_SUM_FEN) != IsValue(i.GetKind()) {
		wrong.Add("of", "FORMULA_DISAGREES_WITH_KIND", "%s cannot give a figure of the kind %s", f.GetOf(), i.GetKind())
	}
	switch distinct := f.GetOf() == actionv1.Formula_DISTINCT; {
	case distinct && !slices.Contains(has.GetDimensions(), f.GetDimension()):
		wrong.Add("dimension", "NOT_OF_THE_SOURCE", "must be a dimension of %s", f.GetSource())
	case !distinct && f.GetDimension() != actionv1.Formula_DIMENSION_UNSPECIFIED:
		wrong.Add("dimension", "DIMENSION_WITHOUT_DISTINCT", "must be absent unless different ones are counted")
	}
	if s := f.GetStage(); s != actionv1.Formula_STAGE_UNSPECIFIED && !slices.Contains(has.GetStages(), s) {
		wrong.Add("stage", "NOT_OF_THE_SOURCE", "must be a stage of %s", f.GetSource())
	}
	if f.GetNamed() && !has.GetNamed() {
		wrong.Add("named", "NOT_OF_THE_SOURCE", "must be absent, since %s name no indicator", f.GetSource())
	}
	checkFilter(wrong, f, has)
}

func checkFilter(wrong *fault.Collector, f *actionv1.Formula, has *actionv1.Countable) {
	fields, err := predicate.FieldsOf(has.GetFields())
	if err != nil {
		wrong.Add("filter", "UNKNOWN_FIELD", "cannot be checked, since this program does not know the source")
		return
	}
	filter, err := predicate.Parse("filter", f.GetFilter(), fields)
	if err != nil {
		wrong.Take(err)
		return
	}
	_, who, ok := filter.Split(organization)
	switch counted := f.GetOf() == actionv1.Formula_DISTINCT && f.GetDimension() == actionv1.Formula_ORGANIZATION; {
	case !ok:
		wrong.Add("filter", "ORGANIZATION_NOT_APART", "must join conditions on organizations to the others by AND")
	case !who.Empty() && !counted:
		wrong.Add("filter", "ORGANIZATION_NOT_COUNTED", "can name fields of organizations only where different organizations are counted")
	}
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
