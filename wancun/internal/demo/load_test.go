package demo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/wancun/internal/demo"
)

// wire is a fake suite that records the caller and the request of each call. Only the requests are checked here; the
// services have tests of their own.
type wire struct {
	grpc.ClientConnInterface

	mu       sync.Mutex
	sent     map[string]string // method and request -> subject
	busy     atomic.Int32
	busiest  int32
	behind   int // how many calls report refuses because it does not know the campaign yet
	loaded   bool
	breaksAt string
}

type subject struct{}

func (w *wire) Invoke(ctx context.Context, method string, in, out any, _ ...grpc.CallOption) error {
	busy := w.busy.Add(1)
	defer w.busy.Add(-1)
	request, ok := in.(proto.Message)
	if !ok {
		return fmt.Errorf("%s is asked with a %T", method, in)
	}
	if err := protovalidate.Validate(request); err != nil {
		return err
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busiest = max(w.busiest, busy)
	name := method[strings.LastIndexByte(method, '/')+1:]
	switch {
	case name == w.breaksAt:
		return status.Error(codes.Unavailable, "gone")
	case name == "ListStatements" && w.loaded:
		if page, ok := out.(*reportv1.ListStatementsResponse); ok {
			page.Statements = []*reportv1.Statement{{}}
		}
		return nil
	case name == "ListStatements":
		return status.Error(codes.NotFound, "no such campaign")
	case name == "BatchCreateStatements" && w.behind > 0:
		w.behind--
		return status.Error(codes.FailedPrecondition, "report does not know the campaign yet")
	}
	w.sent[name+" "+string(body)] = fmt.Sprint(ctx.Value(subject{}))
	return nil
}

func load(w *wire, progress func(done, total int, label string)) error {
	w.sent = make(map[string]string)
	return demo.Load(context.Background(), demo.Clients{
		Divisions: villagev1.NewDivisionServiceClient(w), Villages: villagev1.NewVillageServiceClient(w),
		Scopes: villagev1.NewScopeServiceClient(w), Needs: villagev1.NewNeedServiceClient(w),
		Organizations: orgv1.NewOrganizationServiceClient(w), PartyBranches: orgv1.NewPartyBranchServiceClient(w), Campaigns: actionv1.NewCampaignServiceClient(w),
		Deliveries: actionv1.NewDeliveryServiceClient(w), Statements: reportv1.NewStatementServiceClient(w),
	}, demo.Options{
		As: func(who string, grants ...*accessv1.Grant) (demo.Person, error) {
			return func(ctx context.Context) context.Context {
				return context.WithValue(ctx, subject{}, grants[0].GetRole().String()+" "+who)
			}, nil
		},
		Progress: progress,
	})
}

func unwatched(int, int, string) {}

func TestLoadingAgainAsksForExactlyTheSame(t *testing.T) {
	first, again := new(wire), new(wire)
	if err := errors.Join(load(first, unwatched), load(again, unwatched)); err != nil {
		t.Fatal(err)
	}
	if len(first.sent) < 4000 || !cmp.Equal(first.sent, again.sent) {
		t.Errorf("%d requests, then %d others", len(first.sent), len(again.sent))
	}
}

func TestEveryoneDoesOnlyTheirPart(t *testing.T) {
	w := new(wire)
	if err := load(w, unwatched); err != nil {
		t.Fatal(err)
	}
	parts := make(map[string]map[string]bool)
	for sent, who := range w.sent {
		method, body, _ := strings.Cut(sent, " ")
		role, who, _ := strings.Cut(who, " ")
		if parts[method] == nil {
			parts[method] = make(map[string]bool)
		}
		parts[method][role] = true
		if method == "SubmitNeed" && !strings.Contains(body, strings.TrimPrefix(who, "demo:village-team-")) {
			t.Errorf("%s submits %q", who, body)
		}
	}
	only := func(role accessv1.Grant_Role) map[string]bool { return map[string]bool{role.String(): true} }
	want := map[string]map[string]bool{
		"ImportDivisions": only(accessv1.Grant_PROVINCE_ADMIN), "BatchCreateVillages": only(accessv1.Grant_PROVINCE_ADMIN),
		"CreateScope": only(accessv1.Grant_PROVINCE_ADMIN), "BatchCreateOrganizations": only(accessv1.Grant_PROVINCE_ADMIN),
		"BatchCreatePartyBranches": only(accessv1.Grant_PROVINCE_ADMIN),
		"ApproveOrganization":      only(accessv1.Grant_PROVINCE_ADMIN), "CreateCampaign": only(accessv1.Grant_PROVINCE_ADMIN),
		"BatchCreateNeeds": only(accessv1.Grant_PROVINCE_ADMIN), "SubmitNeed": only(accessv1.Grant_VILLAGE_TEAM),
		"VerifyNeed": only(accessv1.Grant_COUNTY_CLERK), "ReturnNeed": only(accessv1.Grant_COUNTY_CLERK),
		"BatchCreateDeliveries": only(accessv1.Grant_ACTION_OFFICE), "UpdateDelivery": only(accessv1.Grant_ACTION_OFFICE),
		"VoidDelivery": only(accessv1.Grant_ACTION_OFFICE), "ConfirmDelivery": only(accessv1.Grant_VILLAGE_TEAM),
		"DisputeDelivery": only(accessv1.Grant_VILLAGE_TEAM), "BatchCreateStatements": only(accessv1.Grant_PROVINCE_ADMIN),
	}
	if d := cmp.Diff(want, parts); d != "" {
		t.Error(d)
	}
	if w.busiest > 32 {
		t.Errorf("%d calls at once", w.busiest)
	}
}

func TestProgressCountsUpToTheEnd(t *testing.T) {
	var last, of, calls int
	err := load(new(wire), func(done, total int, _ string) {
		if done < last || of != 0 && total != of {
			t.Errorf("%d of %d after %d of %d", done, total, last, of)
		}
		last, of, calls = done, total, calls+1
	})
	if err != nil || last != of || of == 0 {
		t.Errorf("ends at %d of %d after %d reports: %v", last, of, calls, err)
	}
}

func TestWhatIsLoadedIsLeftAlone(t *testing.T) {
	w := &wire{loaded: true}
	if err := load(w, func(int, int, string) { t.Error("something is reported") }); err != nil || len(w.sent) != 0 {
		t.Errorf("%v, %v", w.sent, err)
	}
}

func TestStatementsWaitForReport(t *testing.T) {
	if err := load(&wire{behind: 3}, unwatched); err != nil {
		t.Error(err)
	}
}

func TestAFailureSaysWhatWasBeingLoaded(t *testing.T) {
	for method, want := range map[string]string{
		"ApproveOrganization": "load the demonstration's approvals: ",
		"VoidDelivery":        "load the demonstration's answers of the villages: answer for campaigns/",
		"ListStatements":      "look for the demonstration: ",
	} {
		err := load(&wire{breaksAt: method}, unwatched)
		if err == nil || !strings.HasPrefix(err.Error(), want) || status.Code(err) != codes.Unavailable {
			t.Errorf("%s: %v", method, err)
		}
	}
}
