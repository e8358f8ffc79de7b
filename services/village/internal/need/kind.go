package need

import (
	"fmt"
	"strconv"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

// kind declares the need, a child of a village. Reads and writes are limited to the caller's area, by the village.
func kind() resource.Kind[*villagev1.Need] {
	type n = *villagev1.Need
	return resource.Kind[n]{
		Table:   "needs",
		Parents: resource.ParentsOf[*villagev1.Village](),
		Columns: []resource.Column[n]{
			resource.Text("village", func(m n) string { return resource.Parent(m.GetName()) }).Matching(resourcev1.E_VillageName),
			resource.Text("area", func(m n) string { return access.AreaOf(m.GetName()) }).Area(),
			resource.Text("category", n.GetCategory),
			resource.Integer("quantity", n.GetQuantity),
			resource.Text("unit", n.GetUnit),
			resource.Date("survey_date", n.GetSurveyDate),
			resource.Enum("state", n.GetState),
		},
		Likeness: &resource.Likeness[n]{
			Of: alike, English: "village, category, unit, quantity and survey day", Chinese: "村、类别、单位、数量和调查日期",
		},
	}
}

// alike returns the values that two records of the same need would share.
func alike(n *villagev1.Need) []string {
	on := n.GetSurveyDate()
	return []string{
		resource.Parent(n.GetName()), n.GetCategory(), n.GetUnit(), strconv.FormatInt(n.GetQuantity(), 10),
		fmt.Sprint(on.GetYear(), on.GetMonth(), on.GetDay()),
	}
}
