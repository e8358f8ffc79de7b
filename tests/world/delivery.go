package world

import actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

func deliverySample() Sample {
	changed := Operations(Village, 2)
	changed.Organization, changed.Village, changed.Note = "", "", "示例"
	return Sample{
		Service: "DeliveryService",
		Create: &actionv1.CreateDeliveryRequest{
			Parent: Campaign, Delivery: Operations(Village, 1),
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY", "IMPLAUSIBLE_BENEFICIARIES", "IMPLAUSIBLE_VALUE_FEN"},
		},
		Change: changed,
		Filter: "state = RECORDED", OrderBy: "delivery_date desc",
	}
}
