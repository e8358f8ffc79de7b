package sheet

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
)

func (c *conversion) deliveries() *actionv1.BatchCreateDeliveriesRequest {
	requests := each(c, (*row).delivery)
	return &actionv1.BatchCreateDeliveriesRequest{
		Parent:    c.campaign,
		Requests:  requests,
		RequestId: c.requestID(), ValidateOnly: c.defaults.ValidateOnly, SkipIdentical: true,
	}
}

func (r *row) delivery() *actionv1.CreateDeliveryRequest {
	parent := r.filedUnder()
	return &actionv1.CreateDeliveryRequest{
		Parent:     parent,
		DeliveryId: r.rowID(parent),
		Delivery: &actionv1.Delivery{
			Action:        r.token("action"),
			Indicator:     r.token("indicator"),
			Organization:  "organizations/" + read(r, "organization", uscc),
			Village:       "villages/" + r.code("village", "villages"),
			DeliveryDate:  r.day("delivery_date"),
			Quantity:      r.whole("quantity"),
			ValueFen:      r.worth(),
			Measure:       chosen[actionv1.Delivery_Measure](r, "measure"),
			Beneficiaries: r.whole("beneficiaries"),
			Note:          r.text("note"),
		},
	}
}

// worth returns the value of a delivery in fen, from the column that gives it.
func (r *row) worth() int64 {
	yuan, fen := r.hundredths("value_yuan"), r.whole("value_fen")
	if r.text("value_yuan") != "" && r.text("value_fen") != "" {
		r.report("value_fen", "the value is in %s too: give it once", r.sheet.header[r.sheet.columns["value_yuan"]])
	}
	return yuan + fen
}
