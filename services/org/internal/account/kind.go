package account

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

// kind declares the account. Reads and writes are limited to the area and the organization to which accounts belong.
func kind() resource.Kind[*orgv1.Account] {
	type m = *orgv1.Account
	return resource.Kind[m]{
		Table: "accounts",
		Columns: []resource.Column[m]{
			resource.Text("sign_in_name", m.GetSignInName),
			resource.Text("area", m.GetArea).Area(),
			resource.Text("organization", m.GetOrganization),
			resource.Text("uscc", func(a m) string { return access.OrganizationOf(a.GetOrganization()) }).Organization(),
			resource.Enum("power", m.GetPower),
			resource.Enum("state", m.GetState),
		},
		Unique: []resource.Unique[m]{{
			Column: "sign_in_key", Field: "sign_in_name", Reason: "SIGN_IN_NAME_TAKEN",
			Of: func(a m) []string {
				if a.GetSignInName() == "" {
					return nil
				}
				return []string{a.GetSignInName()}
			},
			English: "is the sign-in name of another account already", Chinese: "已是其他账号的登录名",
		}},
	}
}
