package organization

import (
	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/org/internal/uscc"
)

func isRegistrar(p access.Principal) bool {
	return p.Has(accessv1.Grant_PROVINCE_ADMIN, accessv1.Grant_PREFECTURE_CLERK, accessv1.Grant_COUNTY_CLERK)
}

// Validate checks the rules that every organization in the register satisfies: its code is correct or accepted by a
// registrar, and type, level and division agree with the code and with each other.
func Validate(o *orgv1.Organization) error {
	var wrong fault.Collector
	if d := codeDefect(o); d != nil {
		wrong.Put(*d)
	} else {
		if want := typeOf(o.GetUscc()); o.GetType() != want {
			wrong.Add("type", "TYPE_DISAGREES_WITH_USCC", "must be %s, as the code's category digit says", want)
		}
		checkAuthority(o, &wrong)
	}
	if o.GetUsccOverrideReason() != "" && uscc.Check(o.GetUscc()) == nil {
		wrong.Add("uscc_override_reason", "OVERRIDE_NOT_NEEDED", "must be empty, since the code's check characters fit")
	}
	return wrong.Err()
}

// codeDefect checks the code of an organization. It skips the check characters if a registrar accepted the code;
// length, characters and category are always checked.
func codeDefect(o *orgv1.Organization) *fault.Violation {
	if o.GetUsccOverrideReason() != "" {
		return uscc.CheckForm(o.GetUscc())
	}
	return uscc.Check(o.GetUscc())
}

func typeOf(code string) orgv1.Organization_Type {
	return orgv1.Organization_Type(uscc.Category(code) - '0')
}
