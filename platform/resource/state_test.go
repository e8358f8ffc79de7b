package resource_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

func TestARowChangesOnlyFromTheStatesOfTheTransition(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 7)
	county := as(accessv1.Grant_COUNTY_CLERK, "43", "")
	verify := &villagev1.VerifyNeedRequest{Name: made.GetName()}
	update := &villagev1.UpdateNeedRequest{
		Need: &villagev1.Need{Name: made.GetName(), Quantity: 8}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}},
	}
	refused := func(err error, english, chinese string) {
		t.Helper()
		wantFault(t, err, codes.FailedPrecondition, "WRONG_STATE")
		if f, _ := fault.From(err); f.Message() != english || f.Chinese() != chinese || f.Resource() != made.GetName() {
			t.Errorf("refused of %s with %q and %q, want %q and %q", f.Resource(), f.Message(), f.Chinese(), english, chinese)
		}
	}
	_, err := k.needs.Mutate(county, verify, func(*villagev1.Need) error { return errors.New("the rule ran") })
	refused(err, "Verify needs the state SUBMITTED, and the need is DRAFT", "核实须在状态为已提交时进行，而需求的状态为草稿")
	must(k.needs.Mutate(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()}, func(n *villagev1.Need) error {
		if n.GetState() != villagev1.Need_SUBMITTED {
			t.Errorf("the rule sees the state %s", n.GetState())
		}
		return nil
	}))(t)
	_, err = k.needs.Update(province(), update, nil)
	refused(err, "Edit needs the state DRAFT or RETURNED, and the need is SUBMITTED", "修改须在状态为草稿 或 已退回时进行，而需求的状态为已提交")
	update.Need.Quantity = 7
	must(k.needs.Update(province(), update, nil))(t) // changes nothing
	if n := len(k.entries()); n != 2 {
		t.Errorf("%d journal entries, want 2", n)
	}
}

func TestATransitionKeepsWhoWhenAndWhyUntilItIsCleared(t *testing.T) {
	c := openChain(t, false)
	is := func(after string, state actionv1.Delivery_State, answered, reason string) {
		t.Helper()
		if refusal := c.does(after); refusal != "" {
			t.Fatalf("%s: %s", after, refusal)
		}
		d := must(c.deliveries.Get(province(), &actionv1.GetDeliveryRequest{Name: c.name}))(t)
		if d.GetState() != state || d.GetRecordedBy() != "clerk1" || d.GetAnsweredBy() != answered || d.GetReason() != reason {
			t.Errorf("after %s the delivery is %v", after, d)
		}
	}
	is("clerk1 records", actionv1.Delivery_RECORDED, "", "")
	is("clerk2 disputes", actionv1.Delivery_DISPUTED, "clerk2", "never came")
	is("team1 confirms", actionv1.Delivery_CONFIRMED, "team1", "")
	is("clerk2 notes", actionv1.Delivery_CONFIRMED, "team1", "")
	is("clerk1 amends", actionv1.Delivery_RECORDED, "", "")
	is("team1 disputes", actionv1.Delivery_DISPUTED, "team1", "never came")
	is("clerk1 voids", actionv1.Delivery_VOID, "team1", "recorded twice")

	approver := as(accessv1.Grant_COUNTY_CLERK, "", "")
	made := c.createOrganization(uscc)
	approved := must(c.orgs.Mutate(approver, &orgv1.ApproveOrganizationRequest{Name: made.GetName()}, nil))(t)
	if !approved.GetApproveTime().AsTime().Equal(approved.GetUpdateTime().AsTime()) || approved.GetApprovedBy() != "u-" {
		t.Errorf("approved as %v", approved)
	}
}

func TestOnlyATransitionChangesTheState(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 7)
	verify := func(n *villagev1.Need) error { n.State = villagev1.Need_VERIFIED; return nil }
	_, created := k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, 2), someNeed(1), verify)
	_, changed := k.needs.Mutate(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()}, verify)
	_, updated := k.needs.Update(province(), &villagev1.UpdateNeedRequest{Need: &villagev1.Need{Name: made.GetName(), Quantity: 9}},
		func(_, n *villagev1.Need) error { return verify(n) })
	_, saved := k.InTx(province(), &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
		n := must(k.needs.Peek(tx.Context(), made.GetName()))(t)[made.GetName()]
		check(t, verify(n))
		_, err := k.needs.SaveIn(tx, made, n)
		return err
	})
	for by, err := range map[string]error{"create": created, "mutate": changed, "update": updated, "save": saved} {
		if err == nil || !strings.Contains(err.Error(), "without a transition") {
			t.Errorf("%s: %v", by, err)
		}
	}
}

func TestOfManyWhoMakeATransitionOneDoes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 7)
		const writers = 8
		var all sync.WaitGroup
		errs := make([]error, writers)
		for i := range writers {
			all.Go(func() {
				_, errs[i] = k.needs.Mutate(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()}, nil)
			})
		}
		all.Wait()
		written := 0
		for _, err := range errs {
			if err == nil {
				written++
				continue
			}
			wantFault(t, err, codes.FailedPrecondition, "WRONG_STATE")
		}
		if n := len(k.entries()); written != 1 || n != 2 {
			t.Errorf("%d submissions and %d journal entries, want 1 and 2", written, n)
		}
	})
}

func TestARequestWithoutATransitionIsRefused(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 7)
	_, err := k.needs.Mutate(province(), &orgv1.ApproveOrganizationRequest{Name: made.GetName()}, nil)
	if err == nil || !strings.Contains(err.Error(), "ApproveOrganizationRequest") {
		t.Errorf("a request of another kind: %v", err)
	}
}
