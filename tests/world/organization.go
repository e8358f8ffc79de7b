package world

import (
	"google.golang.org/protobuf/proto"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
)

// Newcomer is a valid code of an organization that is not registered.
const Newcomer = "51433124MJJ0002076"

// organizationSample speaks of the association; an approval is of the foundation, which is not approved.
func organizationSample() Sample {
	changed := Organizations()[0]
	changed.DisplayNameEn, changed.SupervisingBody = "Example", "示例单位"
	created := proto.CloneOf(changed)
	changed.Uscc, changed.Type, created.Uscc = "", 0, Newcomer
	return Sample{
		Service: "OrganizationService",
		Create:  &orgv1.CreateOrganizationRequest{Organization: created},
		Change:  changed,
		Filter:  "level = COUNTY", OrderBy: "uscc",
		Name: func(rpc string) string {
			if rpc == "ApproveOrganization" {
				return "organizations/" + Foundation
			}
			return "organizations/" + Association
		},
	}
}
