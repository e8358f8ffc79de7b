package delivery

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

const (
	recorded  = actionv1.Delivery_RECORDED
	confirmed = actionv1.Delivery_CONFIRMED
	disputed  = actionv1.Delivery_DISPUTED
	void      = actionv1.Delivery_VOID
)

func manager() access.Principal { return access.Principal{Subject: "manager"} }

func team() access.Principal { return access.Principal{Subject: "team"} }

func TestEveryStepFromEveryState(t *testing.T) {
	steps := map[string]func(*actionv1.Delivery) error{
		"confirm": func(d *actionv1.Delivery) error { return Confirm(d, team()) },
		"dispute": func(d *actionv1.Delivery) error { return Dispute(d, team(), "never came") },
		"amend":   func(d *actionv1.Delivery) error { return Amend(proto.CloneOf(d), d, manager()) },
		"void":    func(d *actionv1.Delivery) error { return Void(d, "recorded twice") },
	}
	// The state after the step; a step that is not named is refused.
	after := map[actionv1.Delivery_State]map[string]actionv1.Delivery_State{
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

func TestNobodyAnswersWhatTheyRecordedOrAmended(t *testing.T) {
	for step, answer := range map[string]func(*actionv1.Delivery) error{
		"confirm": func(d *actionv1.Delivery) error { return Confirm(d, team()) },
		"dispute": func(d *actionv1.Delivery) error { return Dispute(d, team(), "never came") },
	} {
		t.Run(step, func(t *testing.T) {
			d := valid(func(d *actionv1.Delivery) { d.State, d.RecordedBy = recorded, "team" })
			amended := valid(func(d *actionv1.Delivery) { d.State, d.RecordedBy, d.AmendedBy = recorded, "office", "team" })
			if got := fault.Status(answer(amended)).Code(); got != codes.PermissionDenied {
				t.Errorf("amended by the team: %s, want %s", got, codes.PermissionDenied)
			}
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
	if updated.GetState() != recorded || updated.GetRecordedBy() != "office" || updated.GetAmendedBy() != "manager" || updated.GetAnsweredBy() != "" || updated.GetReason() != "" {
		t.Errorf("Amend leaves %v, want it recorded by the office, amended by the manager and not answered", updated)
	}
}
