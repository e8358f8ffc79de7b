package resource_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// tooMany is a quantity that is allowed but implausible for a need of the contract.
const (
	tooMany   = 100_001
	tooManyIs = "IMPLAUSIBLE_QUANTITY"
)

// oddNeeds returns a store of needs in which the unit hectare is questioned.
func oddNeeds(t *testing.T, k *kit) *resource.Store[*villagev1.Need] {
	t.Helper()
	kind := needKind()
	kind.Questions = []resource.Question[*villagev1.Need]{{
		Code: "ODD_UNIT", Field: "unit",
		Asks: func(n *villagev1.Need) (english, chinese string) {
			if n.GetUnit() != "hectare" {
				return "", ""
			}
			return "is hectare", "为公顷"
		},
	}}
	return must(resource.NewStore(context.Background(), k.Kit, kind))(t)
}

func TestAnImplausibleValueIsAskedAndWrittenOnceAcknowledged(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		create := func(n int, codes ...string) error {
			_, err := k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{Acknowledge: codes}, needName(luxi, n), someNeed(tooMany), nil)
			return err
		}
		asked := create(1)
		wantFault(t, asked, codes.FailedPrecondition, fault.ReasonQuestions, "need.quantity")
		f, _ := fault.From(asked)
		v := f.Violations()[0]
		if v.Reason != tooManyIs || !v.Question || !strings.Contains(v.Description, "100,001") || !strings.Contains(v.Chinese, "100,000") {
			t.Errorf("the question is %+v", v)
		}
		if got := len(k.entries()); got != 0 {
			t.Errorf("%d entries were written with the question, want none", got)
		}
		check(t, create(1, tooManyIs))
		if diff := cmp.Diff([]string{tooManyIs}, k.entries()[0].GetAcknowledged()); diff != "" {
			t.Errorf("acknowledged in the journal (-want +got):\n%s", diff)
		}
		wantFault(t, create(2, "IMPLAUSIBLE_QUANTTY"), codes.InvalidArgument, "QUESTION_UNKNOWN", "acknowledge[0]")
	})
}

func TestAnUpdateAsksOnlyAboutWhatItChanges(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := must(k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{Acknowledge: []string{tooManyIs}}, needName(luxi, 1), someNeed(tooMany), nil))(t)
	update := func(n *villagev1.Need, mask string, codes ...string) error {
		n.Name = made.GetName()
		_, err := k.needs.UpdateBy(province(), &villagev1.UpdateNeedRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{mask}}, Acknowledge: codes}, n, nil)
		return err
	}
	check(t, update(&villagev1.Need{Description: "示例"}, "description"))
	wantFault(t, update(&villagev1.Need{Quantity: tooMany + 1}, "quantity"), codes.FailedPrecondition, fault.ReasonQuestions, "need.quantity")
	check(t, update(&villagev1.Need{Quantity: tooMany + 1}, "quantity", tooManyIs))
	check(t, update(&villagev1.Need{Quantity: 3}, "quantity", tooManyIs))
	var acknowledged [][]string
	for _, e := range k.entries() {
		acknowledged = append(acknowledged, e.GetAcknowledged())
	}
	if diff := cmp.Diff([][]string{{tooManyIs}, nil, {tooManyIs}, nil}, acknowledged); diff != "" {
		t.Errorf("acknowledged by revision (-want +got):\n%s", diff)
	}
}

func TestARuleOfTheKindAsksBesideTheLimitsOfItsFields(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	odd := oddNeeds(t, k)
	n := someNeed(tooMany)
	n.Unit = "hectare"
	for _, c := range []struct {
		acknowledge []string
		open        []string
	}{
		{nil, []string{"need.quantity", "need.unit"}},
		{[]string{tooManyIs}, []string{"need.unit"}},
		{[]string{"ODD_UNIT"}, []string{"need.quantity"}},
	} {
		_, err := odd.CreateNamed(province(), &villagev1.CreateNeedRequest{Acknowledge: c.acknowledge}, needName(luxi, 1), n, nil)
		wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, c.open...)
	}
	both := &villagev1.CreateNeedRequest{Acknowledge: []string{"ODD_UNIT", tooManyIs}}
	must(odd.CreateNamed(province(), both, needName(luxi, 1), n, nil))(t)
	if diff := cmp.Diff([]string{tooManyIs, "ODD_UNIT"}, k.entries()[0].GetAcknowledged()); diff != "" {
		t.Errorf("acknowledged in the journal (-want +got):\n%s", diff)
	}
}

func TestEachRowOfABatchIsAskedByItself(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	rows := []resource.Item[*villagev1.Need]{
		{Name: needName(luxi, 1), Message: someNeed(1)}, {Name: needName(luxi, 2), Message: someNeed(tooMany)}, {Name: needName(luxi, 3), Message: someNeed(tooMany)},
	}
	batch := func(codes ...string) error {
		_, err := k.needs.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{Acknowledge: codes}, rows, nil)
		return err
	}
	wantFault(t, batch(), codes.FailedPrecondition, fault.ReasonQuestions, "requests[1].need.quantity", "requests[2].need.quantity")
	rows[1].Acknowledge = []string{tooManyIs}
	wantFault(t, batch(), codes.FailedPrecondition, fault.ReasonQuestions, "requests[2].need.quantity")
	rows[2].Message.Quantity = 2_000_000 // the kind refuses it
	wantFault(t, batch(), codes.InvalidArgument, "TOO_MANY", "requests[2].need.quantity")
	rows[2].Message.Quantity = tooMany
	rows[2].Acknowledge = []string{"NO_SUCH_QUESTION"}
	wantFault(t, batch(), codes.InvalidArgument, "QUESTION_UNKNOWN", "requests[2].acknowledge[0]")
	rows[1].Acknowledge, rows[2].Acknowledge = nil, nil
	check(t, batch(tooManyIs))
}

func TestAKindThatAsksWhatNoRequestCanAnswerIsRefused(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	kind := organizationKind()
	kind.Questions = []resource.Question[*orgv1.Organization]{{
		Code: "ODD_NAME", Field: "display_name", Asks: func(*orgv1.Organization) (english, chinese string) { return "", "" },
	}}
	_, err := resource.NewStore(context.Background(), k.Kit, kind)
	if err == nil || !strings.Contains(err.Error(), "OrganizationService.BatchCreateOrganizations") || !strings.Contains(err.Error(), "ODD_NAME") {
		t.Errorf("NewStore = %v, want it to name the methods and the question", err)
	}
}
