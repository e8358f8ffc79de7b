package delivery

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

const (
	recorded  = actionv1.Delivery_RECORDED
	confirmed = actionv1.Delivery_CONFIRMED
	disputed  = actionv1.Delivery_DISPUTED
	void      = actionv1.Delivery_VOID
)

func team() access.Principal { return access.Principal{Subject: "team"} }

func TestEveryStepFromEveryState(t *testing.T) {
	steps := map[string]func(*actionv1.Delivery) error{
		"confirm": func(d *actionv1.Delivery) error { return Confirm(d, team()) },
		"dispute": func(d *actionv1.Delivery) error { return Dispute(d, team(), "never came") },
		"amend":   func(d *actionv1.Delivery) error { return Amend(d) },
		"void":    func(d *actionv1.Delivery) error { return Void(d, "recorded twice") },
	}
	// The state after the step; a step that is not named is refused.
	after := map[actionv1.Delivery_State]map[string]actionv1.Delivery_State{
		recorded:  {"confirm": confirmed, "dispute": disputed, "amend": recorded, "void": void},
		confirmed: {"dispute": disputed, "amend": confirmed, "void": void},
		disputed:  {"confirm": confirmed, "amend": disputed, "void": void},
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

func TestAReopenedDeliveryHasNoAnswer(t *testing.T) {
	for _, from := range []actionv1.Delivery_State{confirmed, disputed} {
		d := valid(func(d *actionv1.Delivery) {
			d.State, d.RecordedBy, d.AnsweredBy, d.Reason = from, "office", "team", "never came"
		})
		ask(d)
		if answer(d) != resource.Unanswered || d.GetState() != recorded || d.GetRecordedBy() != "office" || d.GetAnsweredBy() != "" || d.GetReason() != "" {
			t.Errorf("a %s delivery that is asked again is %v, want it RECORDED by the office and not answered", from, d)
		}
	}
}
