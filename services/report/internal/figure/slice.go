package figure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
)

// Slice is a part of a campaign's deliveries over which organizations and villages are counted distinctly. Its text is
// a key in stored rows: a new meaning needs a new text.
type Slice string

const (
	// Whole is every delivery of the campaign.
	Whole Slice = ""
	// Valued is every delivery with a value of any measure.
	Valued Slice = "value"
	// OfProvinces is every delivery of an organization that a province registered. No row is stored for it: its
	// organizations are picked from those of the Whole, and nothing else is counted.
	OfProvinces Slice = "provinces"
)

// Alike is every delivery of one action, one indicator and one measure: the finest slice, of which all others but
// OfProvinces are made. No figure is made of it.
func Alike(action, indicator string, m actionv1.Delivery_Measure) Slice {
	return Slice(fmt.Sprintf("%s/%s/%s/%d", alike, action, indicator, m))
}

const alike = "alike"

// OfAction is the deliveries of an action.
func OfAction(id string) Slice { return Slice("action/" + id) }

// OfIndicator is the deliveries that name an indicator.
func OfIndicator(id string) Slice { return Slice("indicator/" + id) }

// OfMeasure is the deliveries with a value of one measure.
func OfMeasure(m actionv1.Delivery_Measure) Slice { return Slice(fmt.Sprintf("measure/%d", m)) }

// Finest says that the slice is of deliveries that are alike.
func (s Slice) Finest() bool { return strings.HasPrefix(string(s), alike+"/") }

// Wider are the slices that figures are made of and that hold a slice of deliveries that are alike; none for another slice.
func (s Slice) Wider() []Slice {
	if !s.Finest() {
		return nil
	}
	part := strings.Split(string(s), "/")           // ids have no slash
	measure, _ := strconv.ParseInt(part[3], 10, 32) // Alike wrote it
	return SlicesOf(part[1], part[2], actionv1.Delivery_Measure(measure))
}

// SlicesOf are the slices that figures are made of and that hold a delivery.
func SlicesOf(action, indicator string, m actionv1.Delivery_Measure) []Slice {
	s := []Slice{Whole, OfAction(action), OfIndicator(indicator)}
	if m != actionv1.Delivery_MEASURE_UNSPECIFIED {
		s = append(s, Valued, OfMeasure(m))
	}
	return s
}

// SliceOf is the deliveries that make up an indicator's figure; false if it is not made of deliveries.
func SliceOf(i *actionv1.Indicator) (Slice, bool) {
	switch i.GetBasis() {
	case actionv1.Indicator_DELIVERIES:
		return OfIndicator(i.GetId()), true
	case actionv1.Indicator_DISTINCT_ORGANIZATIONS:
		return Whole, true
	case actionv1.Indicator_DISTINCT_PROVINCIAL_ORGANIZATIONS:
		return OfProvinces, true
	case actionv1.Indicator_ALL_DELIVERIES_OF_MEASURE:
		return headline(i.GetKind())
	default:
		return Whole, false
	}
}

// OfOrganizations says whether an indicator counts organizations, each once whatever it delivered.
func OfOrganizations(i *actionv1.Indicator) bool {
	return i.GetBasis() == actionv1.Indicator_DISTINCT_ORGANIZATIONS ||
		i.GetBasis() == actionv1.Indicator_DISTINCT_PROVINCIAL_ORGANIZATIONS
}

func headline(k actionv1.Indicator_Kind) (Slice, bool) {
	switch k {
	case actionv1.Indicator_CASH_VALUE:
		return OfMeasure(actionv1.Delivery_CASH), true
	case actionv1.Indicator_GOODS_VALUE:
		return OfMeasure(actionv1.Delivery_GOODS), true
	case actionv1.Indicator_SERVICE_VALUE:
		return OfMeasure(actionv1.Delivery_SERVICE), true
	case actionv1.Indicator_MIXED_VALUE, actionv1.Indicator_UNSTATED_VALUE:
		return Valued, true
	default:
		return Whole, false // a number of things has no measure
	}
}

// in says whether a cell's deliveries belong to a slice.
func (c Cell) in(s Slice) bool { return slices.Contains(SlicesOf(c.Action, c.Indicator, c.Measure), s) }
