package delivery

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

const (
	recorded  = actionv1.DeliveryState_RECORDED
	confirmed = actionv1.DeliveryState_CONFIRMED
	disputed  = actionv1.DeliveryState_DISPUTED
	void      = actionv1.DeliveryState_VOID
)

func caller(subject string, g *accessv1.Grant) access.Principal {
	return access.Principal{Subject: subject, Grants: []*accessv1.Grant{g}}
}

func manager() access.Principal {
	return caller("manager", &accessv1.Grant{Role: accessv1.Role_ORGANIZATION_MANAGER, Organization: "51430000MJJ0000129"})
}

func team() access.Principal {
	return caller("team", &accessv1.Grant{Role: accessv1.Role_VILLAGE_TEAM, Area: "433124001201"})
}

func TestEveryStepFromEveryState(t *testing.T) {
	steps := map[string]func(*actionv1.Delivery) error{
		"confirm": func(d *actionv1.Delivery) error { return Confirm(d, team()) },
		"dispute": func(d *actionv1.Delivery) error { return Dispute(d, team(), "never came") },
		"amend":   func(d *actionv1.Delivery) error { return Amend(proto.CloneOf(d), d, manager()) },
		"void":    func(d *actionv1.Delivery) error { return Void(d, "recorded twice") },
	}
	// The state after the step; a step that is not named is refused.
	after := map[actionv1.DeliveryState]map[string]actionv1.DeliveryState{
		recorded:  {"confirm": confirmed, "dispute": disputed, "amend": recorded, "void": void},
		confirmed: {"dispute": disputed, "amend": recorded, "void": void},
		disputed:  {"confirm": confirmed, "amend": recorded, "void": void},
		void:      {},
	}
	for from, allowed := range after {
		for step, take := range steps {
			t.Run(step+" a delivery that is "+from.String(), func(t *testing.T) {
				d := valid(func(d *actionv1.Delivery) { d.State, d.RecordedBy = from, "manager" })
				before := proto.CloneOf(d)
				err := take(d)
				want, ok := allowed[step]
				switch {
				case ok && (err != nil || d.GetState() != want):
					t.Errorf("state %s, error %v, want %s", d.GetState(), err, want)
				case !ok && fault.Status(err).Code() != codes.FailedPrecondition:
					t.Errorf("error %v, want %s", err, codes.FailedPrecondition)
				case !ok && !proto.Equal(before, d):
					t.Errorf("a refused step changed the delivery to %v", d)
				}
			})
		}
	}
}

func TestNobodyAnswersWhatTheyRecorded(t *testing.T) {
	for step, answer := range map[string]func(*actionv1.Delivery) error{
		"confirm": func(d *actionv1.Delivery) error { return Confirm(d, team()) },
		"dispute": func(d *actionv1.Delivery) error { return Dispute(d, team(), "never came") },
	} {
		t.Run(step, func(t *testing.T) {
			d := valid(func(d *actionv1.Delivery) { d.State, d.RecordedBy = recorded, "team" })
			if got := fault.Status(answer(d)).Code(); got != codes.PermissionDenied || d.GetState() != recorded {
				t.Errorf("%s, delivery %s, want %s and %s", got, d.GetState(), codes.PermissionDenied, recorded)
			}
		})
	}
}

func TestAnAmendmentAsksTheVillageAgain(t *testing.T) {
	old := valid(func(d *actionv1.Delivery) {
		d.State, d.RecordedBy, d.AnsweredBy, d.Reason = disputed, "office", "team", "never came"
	})
	updated := proto.CloneOf(old)
	if err := Amend(old, updated, manager()); err != nil {
		t.Fatalf("Amend: %v", err)
	}
	if updated.GetState() != recorded || updated.GetRecordedBy() != "manager" || updated.GetAnsweredBy() != "" || updated.GetReason() != "" {
		t.Errorf("Amend leaves %v, want it recorded by the manager and not answered", updated)
	}
}

func TestADeliveryIsNotHandedToOthers(t *testing.T) {
	for name, change := range map[string]func(*actionv1.Delivery){
		"another organization": func(d *actionv1.Delivery) { d.Organization = "organizations/52430000MJJ0000201" },
	} {
		t.Run(name, func(t *testing.T) {
			old := valid(nil)
			updated := proto.CloneOf(old)
			change(updated)
			if got := fault.Status(Amend(old, updated, manager())).Code(); got != codes.PermissionDenied {
				t.Errorf("Amend = %s, want %s", got, codes.PermissionDenied)
			}
		})
	}
	t.Run("a village elsewhere", func(t *testing.T) {
		clerk := caller("clerk", &accessv1.Grant{Role: accessv1.Role_COUNTY_CLERK, Area: "433124"})
		old := valid(nil)
		updated := valid(func(d *actionv1.Delivery) { d.Village = "villages/433125001201" })
		if got := fault.Status(Amend(old, updated, clerk)).Code(); got != codes.PermissionDenied {
			t.Errorf("Amend = %s, want %s", got, codes.PermissionDenied)
		}
	})
}
