package world

import villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

func needSample() Sample {
	need := &villagev1.Need{
		Category: "cataract_patients", Quantity: 3, Unit: "person", Description: "示例", SurveyDate: Day(6, 1),
	}
	return Sample{
		Service: "NeedService",
		Create: &villagev1.CreateNeedRequest{
			Parent: "villages/" + Village, Need: need, Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY"},
		},
		Change: need,
		Filter: `unit = "person"`, OrderBy: "quantity desc",
		ListParent: "villages/-", BatchParent: "villages/-",
	}
}
