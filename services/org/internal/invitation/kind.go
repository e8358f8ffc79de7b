package invitation

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

// kind declares the invitation. Reads and writes are limited to where the account will belong.
func kind() resource.Kind[*orgv1.Invitation] {
	type m = *orgv1.Invitation
	return resource.Kind[m]{
		Table: "invitations",
		Columns: []resource.Column[m]{
			resource.Enum("role", m.GetRole),
			resource.Text("area", m.GetArea).Matching(resourcev1.E_AreaCode),
			resource.Text("organization", m.GetOrganization),
			resource.Text("home", m.GetHome).Area().Matching(resourcev1.E_AreaCode),
			resource.Text("uscc", func(i m) string { return access.OrganizationOf(i.GetOrganization()) }).Organization(),
			resource.Text("invited_by", m.GetInvitedBy),
			resource.Timestamp("expire_time", m.GetExpireTime),
			resource.Timestamp("accept_time", m.GetAcceptTime),
			resource.Timestamp("withdraw_time", m.GetWithdrawTime),
		},
	}
}
