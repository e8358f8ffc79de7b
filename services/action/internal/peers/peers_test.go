package peers

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

// register is an org service. Like the real one, it returns all requested organizations or an error.
type register struct {
	orgv1.OrganizationServiceClient
	states map[string]orgv1.Organization_State
	sizes  []int // of the calls
}

func (r *register) BatchGetOrganizations(_ context.Context, q *orgv1.BatchGetOrganizationsRequest, _ ...grpc.CallOption) (*orgv1.BatchGetOrganizationsResponse, error) {
	r.sizes = append(r.sizes, len(q.GetNames()))
	out := &orgv1.BatchGetOrganizationsResponse{}
	for _, name := range q.GetNames() {
		state, ok := r.states[name]
		if !ok {
			return nil, fault.NotFound(name).GRPCStatus().Err()
		}
		out.Organizations = append(out.Organizations, &orgv1.Organization{Name: name, State: state})
	}
	return out, nil
}

// nowhere is a village service without scopes.
type nowhere struct {
	villagev1.ScopeServiceClient
	err error
}

func (n *nowhere) GetScope(context.Context, *villagev1.GetScopeRequest, ...grpc.CallOption) (*villagev1.Scope, error) {
	return nil, n.err
}

func asking(t *testing.T, r *register, n *nowhere) *Peers {
	t.Helper()
	p, err := New(r, n, func() time.Time { return time.Date(2019, 8, 20, 0, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return p
}

func names(from, to int) (list []string) {
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("organizations/%d", i))
	}
	return list
}

func TestOnlyApprovedOrganizationsAreRemembered(t *testing.T) {
	r := &register{states: map[string]orgv1.Organization_State{
		"organizations/0": orgv1.Organization_APPROVED, "organizations/1": orgv1.Organization_REGISTERED,
	}}
	p := asking(t, r, nil)
	want := map[string]Approval{"organizations/0": Approved, "organizations/1": Registered, "organizations/2": Unknown}
	for range 2 {
		got, err := p.Organizations(t.Context(), recent.Kept, names(0, 3)...)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Organizations: %v (-want +got):\n%s", err, diff)
		}
	}
	// Each loop calls with three names, then again without the unknown one. The second loop does not request the
	// approved organization, which is cached.
	if diff := cmp.Diff([]int{3, 2, 2, 1}, r.sizes); diff != "" {
		t.Errorf("sizes of the calls (-want +got):\n%s", diff)
	}
	other := access.With(t.Context(), access.Principal{Subject: "another"})
	r.sizes = nil
	if _, err := p.Organizations(other, recent.Kept, "organizations/0"); err != nil || len(r.sizes) != 1 {
		t.Errorf("another caller: %v, asked %d times, want once: one caller received what another may see", err, len(r.sizes))
	}
}

func TestASheetFullOfUnknownOrganizationsIsCutShort(t *testing.T) {
	r := &register{}
	_, err := asking(t, r, nil).Organizations(t.Context(), recent.Fresh, names(0, 500)...)
	if status.Code(err) != codes.FailedPrecondition || len(r.sizes) != maxUnknown+1 {
		t.Errorf("Organizations = %v after %d calls, want %s after %d", err, len(r.sizes), codes.FailedPrecondition, maxUnknown+1)
	}
}

func TestWhatAPeerSaysOfAScope(t *testing.T) {
	for name, tc := range map[string]struct {
		said error
		want codes.Code
	}{
		"it does not exist": {fault.NotFound("scopes/x").GRPCStatus().Err(), codes.FailedPrecondition},
		"nothing":           {status.Error(codes.Unavailable, "connection refused"), codes.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := asking(t, nil, &nowhere{err: tc.said}).Membership(t.Context(), recent.Kept, "scopes/x")
			if got := fault.Status(err).Code(); got != tc.want {
				t.Errorf("Membership = %v, want %s", err, tc.want)
			}
		})
	}
}

func TestAMembershipHoldsFromItsFirstDayToItsLast(t *testing.T) {
	on := func(month, dayOfMonth int32) *date.Date { return &date.Date{Year: 2019, Month: month, Day: dayOfMonth} }
	m := NewMembership(&villagev1.Scope{Members: []*villagev1.ScopeMember{
		{Village: "a", ValidFrom: on(5, 1), ValidTo: on(6, 1)}, {Village: "a", ValidFrom: on(9, 1)}, {Village: "b", ValidFrom: on(7, 1)},
	}})
	for _, tc := range []struct {
		village string
		on      day.Day
		want    bool
	}{
		{"a", 2019_04_30, false}, {"a", 2019_05_01, true}, {"a", 2019_05_31, true}, {"a", 2019_06_01, false},
		{"a", 2019_08_31, false}, {"a", 2019_09_01, true}, {"a", 2999_12_31, true},
		{"b", 2019_06_30, false}, {"b", 2019_07_01, true}, {"c", 2019_07_01, false},
	} {
		if got := m.Holds(tc.village, tc.on); got != tc.want {
			t.Errorf("Holds(%s, %d) = %t, want %t", tc.village, tc.on, got, tc.want)
		}
	}
}
