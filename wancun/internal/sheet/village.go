package sheet

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
)

func (c *conversion) divisions() *villagev1.ImportDivisionsRequest {
	return &villagev1.ImportDivisionsRequest{
		Divisions: each(c, (*row).division),
		Edition:   c.edition(),
		Complete:  c.defaults.Complete,
		RequestId: c.requestID(), ValidateOnly: c.defaults.ValidateOnly,
	}
}

// edition returns the reference date of a file of divisions. No column contains it.
func (c *conversion) edition() string {
	parsed, err := calendarDay(c.defaults.Edition)
	if err != nil {
		c.problems = append(c.problems, Problem{File: c.sheet.name, Column: flagEdition, Reason: err.Error()})
	}
	return day.Number(parsed).String()
}

func (r *row) division() *villagev1.Division {
	d := &villagev1.Division{
		Code:          r.code("code", "divisions"),
		DisplayName:   r.required("name"),
		DisplayNameEn: r.text("name_en"),
		Level:         chosen[villagev1.Division_Level](r, "level"),
		Kind:          heading(r.text("kind")),
	}
	r.onlyOnce("code", d.GetCode())
	if d.GetLevel() != villagev1.Division_PROVINCE {
		if parent := r.code("parent_code", "divisions"); parent != "" {
			d.Parent = "divisions/" + parent
		}
	} else if cell := r.text("parent_code"); cell != "" {
		r.reportCell("parent_code", quote(cell), "a province has no parent here")
	}
	return d
}

func (c *conversion) villages() *villagev1.BatchCreateVillagesRequest {
	return &villagev1.BatchCreateVillagesRequest{
		Requests: each(c, func(r *row) *villagev1.CreateVillageRequest {
			return &villagev1.CreateVillageRequest{Village: r.villageResource()}
		}),
		RequestId: c.requestID(), ValidateOnly: c.defaults.ValidateOnly, SkipIdentical: true,
	}
}

func (r *row) villageResource() *villagev1.Village {
	v := &villagev1.Village{
		Code:        r.code("code", "villages"),
		DisplayName: r.text("name"), // empty: the name of the division
		DeeplyPoor:  read(r, "deeply_poor", truth),
	}
	r.onlyOnce("code", v.GetCode())
	return v
}

func (c *conversion) needs() *villagev1.ImportNeedsRequest {
	return &villagev1.ImportNeedsRequest{
		Requests:  each(c, (*row).need),
		RequestId: c.requestID(), ValidateOnly: c.defaults.ValidateOnly, SkipIdentical: true,
	}
}

func (r *row) need() *villagev1.CreateNeedRequest {
	parent := "villages/" + r.code("village", "villages")
	return &villagev1.CreateNeedRequest{
		Parent: parent,
		NeedId: r.rowID(parent),
		Need: &villagev1.Need{
			Category:    r.token("category"),
			Quantity:    r.whole("quantity"),
			Unit:        unit(r.required("unit")),
			Description: r.text("description"),
			SurveyDate:  r.day("survey_date"),
		},
	}
}
