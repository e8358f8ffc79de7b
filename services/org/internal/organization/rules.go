package organization

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/uscc"
)

// Register brings a new organization to its first state.
func Register(o *orgv1.Organization, by access.Principal) error {
	if err := checkOverrides(nil, o, by); err != nil {
		return err
	}
	o.State = orgv1.Organization_REGISTERED
	o.RegisteredBy = by.Subject
	return nil
}

func isRegistrar(p access.Principal) bool {
	return p.Has(accessv1.Grant_PROVINCE_ADMIN, accessv1.Grant_PREFECTURE_CLERK, accessv1.Grant_COUNTY_CLERK)
}

// Approve lets a registered organization take part.
func Approve(o *orgv1.Organization, by access.Principal, at time.Time) error {
	if o.GetState() != orgv1.Organization_REGISTERED {
		return fault.Precondition(o.GetName(), "ORGANIZATION_NOT_REGISTERED", "only a REGISTERED organization can be approved, this one is %s", o.GetState())
	}
	o.State = orgv1.Organization_APPROVED
	o.ApprovedBy = by.Subject
	o.ApproveTime = timestamppb.New(at)
	return nil
}

// answer tells whether a registrar answers for an organization.
func answer(o *orgv1.Organization) resource.AnswerState {
	if o.GetState() == orgv1.Organization_APPROVED {
		return resource.Affirmed
	}
	return resource.Unanswered
}

// reopen sends an organization back to be approved again.
func reopen(o *orgv1.Organization) {
	o.State, o.ApprovedBy, o.ApproveTime = orgv1.Organization_REGISTERED, "", nil
}

// Validate holds for every organization in the register: its code fits or a registrar answered for it, and type,
// level and division agree with the code and with each other.
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

// codeDefect passes over the check characters of a code that a registrar answered for. Length, characters and category
// hold for every code.
func codeDefect(o *orgv1.Organization) *fault.Violation {
	if o.GetUsccOverrideReason() != "" {
		return uscc.CheckForm(o.GetUscc())
	}
	return uscc.Check(o.GetUscc())
}

func typeOf(code string) orgv1.Organization_Type {
	return orgv1.Organization_Type(uscc.Category(code) - '0')
}
