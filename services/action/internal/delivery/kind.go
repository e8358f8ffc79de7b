package delivery

import (
	"fmt"
	"strconv"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

// kind declares the delivery. Reads and writes are limited to the caller's area, by the village, and to the caller's
// organization.
func kind(campaigns resource.Parents) resource.Kind[*actionv1.Delivery] {
	type d = *actionv1.Delivery
	return resource.Kind[d]{
		Table:   "deliveries",
		Parents: campaigns,
		Columns: []resource.Column[d]{
			resource.Text("campaign", func(m d) string { return resource.Parent(m.GetName()) }).Matching(resourcev1.E_CampaignName),
			resource.Text("action", d.GetAction),
			resource.Text("indicator", d.GetIndicator),
			resource.Text("organization", d.GetOrganization),
			resource.Text("uscc", func(m d) string { return access.OrganizationOf(m.GetOrganization()) }).Organization(),
			resource.Text("village", d.GetVillage),
			resource.Text("area", func(m d) string { return access.AreaOf(m.GetVillage()) }).Area(),
			resource.Date("delivery_date", d.GetDeliveryDate),
			resource.Enum("measure", d.GetMeasure),
			resource.Enum("state", d.GetState),
		},
		Likeness: &resource.Likeness[d]{
			Of: alike, English: "organization, village, indicator, day and quantity", Chinese: "社会组织、村、指标、日期和数量",
		},
	}
}

// alike returns the values that two records of the same delivery would share. If the indicator counts money, the value
// takes the place of the quantity. nil for a void delivery excludes it from the comparison.
func alike(m *actionv1.Delivery) []string {
	if m.GetState() == actionv1.Delivery_VOID {
		return nil
	}
	quantity := strconv.FormatInt(m.GetQuantity(), 10)
	if m.GetQuantity() == 0 {
		quantity = fmt.Sprintf("%d fen %s", m.GetValueFen(), m.GetMeasure())
	}
	on := m.GetDeliveryDate()
	return []string{
		resource.Parent(m.GetName()), m.GetOrganization(), m.GetVillage(), m.GetIndicator(),
		fmt.Sprint(on.GetYear(), on.GetMonth(), on.GetDay()), quantity,
	}
}
