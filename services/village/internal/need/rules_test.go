package need

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

const (
	draft     = villagev1.Need_DRAFT
	submitted = villagev1.Need_SUBMITTED
	verified  = villagev1.Need_VERIFIED
	returned  = villagev1.Need_RETURNED
)

var county = access.Principal{Subject: "county"}

func TestEveryStepFromEveryState(t *testing.T) {
	steps := map[string]func(*villagev1.Need) error{
		"edit":   Edit,
		"submit": Submit,
		"verify": func(n *villagev1.Need) error { return Verify(n, county) },
		"return": func(n *villagev1.Need) error { return Return(n, "no survey sheet") },
	}
	// The state after the step; a step that is not named is refused.
	after := map[villagev1.Need_State]map[string]villagev1.Need_State{
		draft:     {"edit": draft, "submit": submitted},
		submitted: {"verify": verified, "return": returned},
		verified:  {},
		returned:  {"edit": returned, "submit": submitted},
	}
	for from, allowed := range after {
		for step, take := range steps {
			t.Run(step+" a need that is "+from.String(), func(t *testing.T) {
				n := &villagev1.Need{State: from}
				before := proto.CloneOf(n)
				err := take(n)
				want, ok := allowed[step]
				if !ok {
					if got := fault.Status(err).Code(); got != codes.FailedPrecondition {
						t.Errorf("error %v, want %s", err, codes.FailedPrecondition)
					}
					if !proto.Equal(before, n) {
						t.Errorf("a refused step changed the need: %s", cmp.Diff(before, n, protocmp.Transform()))
					}
					return
				}
				if err != nil || n.GetState() != want {
					t.Errorf("state %s, error %v, want %s", n.GetState(), err, want)
				}
			})
		}
	}
}

func TestTheReturnReasonStaysUntilTheNextSubmission(t *testing.T) {
	n := &villagev1.Need{State: submitted}
	if err := Return(n, "no survey sheet"); err != nil {
		t.Fatalf("Return: %v", err)
	}
	if err := Edit(n); err != nil || n.GetReturnReason() != "no survey sheet" {
		t.Errorf("while edited, the reason is %q (%v), want the county's", n.GetReturnReason(), err)
	}
	if err := Submit(n); err != nil || n.GetReturnReason() != "" {
		t.Errorf("after the submission, the reason is %q (%v), want none", n.GetReturnReason(), err)
	}
}
