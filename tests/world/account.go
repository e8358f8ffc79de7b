package world

import (
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
)

// staffID is the id of the account that Build creates.
func staffID() string { return ID("staff") }

// staff is the account of a member of the association's staff, so that every caller that manages accounts may manage it.
func staff() *orgv1.Account {
	return &orgv1.Account{
		DisplayName: "示例人员", Telephone: "000 0000 0000", Language: "zh-CN", Power: orgv1.Account_OPERATION,
		Area: County, Organization: "organizations/" + Association,
	}
}

func accountSample() Sample {
	changed := &orgv1.Account{DisplayName: "示例员工", Telephone: "000 0000 0001", Language: "en"}
	return Sample{
		Service: "AccountService",
		Create:  &orgv1.CreateAccountRequest{Account: staff()},
		Change:  changed,
		Filter:  "state = ACTIVE", OrderBy: "area",
		Others: map[string]proto.Message{"GetMe": &orgv1.GetMeRequest{Name: "me"}},
	}
}

// grantSample gives the account the role that every caller that manages accounts may give.
func grantSample() Sample {
	return Sample{
		Service: "GrantService",
		Create: &orgv1.CreateGrantRequest{
			Parent: "accounts/" + staffID(), Grant: &orgv1.Grant{
				Role: accessv1.Grant_ORGANIZATION_MANAGER, Area: Village, Organization: "organizations/" + Association,
				ValidFrom: Day(7, 1), ValidTo: Day(8, 1),
			},
		},
		Filter: "state = ACTIVE", OrderBy: "valid_to desc",
		ListParent: "accounts/-",
	}
}
