package sheet

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
)

func (c *conversion) organizations() *orgv1.ImportOrganizationsRequest {
	return &orgv1.ImportOrganizationsRequest{
		Requests: each(c, func(r *row) *orgv1.CreateOrganizationRequest {
			return &orgv1.CreateOrganizationRequest{Organization: r.organization()}
		}),
		RequestId: c.requestID(), ValidateOnly: c.defaults.ValidateOnly, SkipIdentical: true,
	}
}

func (r *row) organization() *orgv1.Organization {
	o := &orgv1.Organization{
		Uscc:                    read(r, "uscc", uscc),
		DisplayName:             r.required("name"),
		DisplayNameEn:           r.text("name_en"),
		Type:                    chosen[orgv1.Organization_Type](r, "type"),
		Level:                   chosen[orgv1.Organization_Level](r, "level"),
		SupervisingBody:         r.text("supervising_body"),
		UsccOverrideReason:      r.text("uscc_override_reason"),
		AuthorityOverrideReason: r.text("authority_override_reason"),
	}
	r.onlyOnce("uscc", o.GetUscc())
	o.Division = "divisions/" + read(r, "division", paddedCode)
	if person, phone := r.text("contact_person"), fold(r.text("contact_phone")); person != "" || phone != "" {
		o.Contact = &orgv1.Contact{Person: person, Phone: phone}
	}
	return o
}
