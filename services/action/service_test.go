package action_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/action"
)

const (
	uscc        = "51430000MJJ0000129"
	approved    = "organizations/" + uscc
	registered  = "organizations/52430000MJJ0000201"
	unknown     = "organizations/53430000MJJ000039T"
	east        = "villages/433124101201"
	west        = "villages/433124102201"
	campaign    = "campaigns/example"
	requestID   = "01980000-0000-7000-8000-00000000000a"
	deliveryID  = "01980000-0000-7000-8000-0000000000d1"
	deliveryID2 = "01980000-0000-7000-8000-0000000000d2"
)

// register is an org service with two organizations, as far as the action service calls it. It counts the calls.
type register struct {
	orgv1.OrganizationServiceClient
	states map[string]orgv1.Organization_State
	asked  int
	down   bool
}

func (r *register) BatchGetOrganizations(_ context.Context, q *orgv1.BatchGetOrganizationsRequest, _ ...grpc.CallOption) (*orgv1.BatchGetOrganizationsResponse, error) {
	r.asked++
	if r.down {
		return nil, status.Error(codes.Unavailable, "connection refused")
	}
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

// atlas is a village service with one scope, as far as the action service calls it.
type atlas struct {
	villagev1.ScopeServiceClient
	scope *villagev1.Scope
	asked int
	down  bool
}

func (a *atlas) GetScope(_ context.Context, q *villagev1.GetScopeRequest, _ ...grpc.CallOption) (*villagev1.Scope, error) {
	a.asked++
	switch {
	case a.down:
		return nil, status.Error(codes.Unavailable, "connection refused")
	case q.GetName() != a.scope.GetName():
		return nil, fault.NotFound(q.GetName()).GRPCStatus().Err()
	}
	return proto.CloneOf(a.scope), nil
}

// suite is the service behind a real server, with the two services that it calls.
type suite struct {
	campaigns  actionv1.CampaignServiceClient
	deliveries actionv1.DeliveryServiceClient
	register   *register
	atlas      *atlas
	clock      *servertest.Clock
}

func start(t *testing.T, db *database.DB) *suite {
	t.Helper()
	s := &suite{
		register: &register{states: map[string]orgv1.Organization_State{
			approved: orgv1.Organization_APPROVED, registered: orgv1.Organization_REGISTERED,
		}},
		atlas: &atlas{scope: &villagev1.Scope{Name: "scopes/example", Members: []*villagev1.ScopeMember{
			{Village: east, ValidFrom: on(5, 1)}, {Village: west, ValidFrom: on(5, 1)},
		}}},
		clock: servertest.NewClock(time.Date(2019, 10, 1, 0, 0, 0, 0, time.UTC)),
	}
	d := servertest.Deps(t, "action", db)
	d.Clock = s.clock.Now
	conn := servertest.Start(t, servertest.Open(t, action.Service(), d, action.Peers{Organizations: s.register, Scopes: s.atlas}).Register)
	s.campaigns, s.deliveries = actionv1.NewCampaignServiceClient(conn), actionv1.NewDeliveryServiceClient(conn)
	return s
}

func as(t *testing.T, subject string, role accessv1.Grant_Role, areaAndOrganization ...string) context.Context {
	return servertest.As(t.Context(), subject, servertest.Grant(role, areaAndOrganization...))
}

func admin(t *testing.T) context.Context { return as(t, "admin", accessv1.Grant_PROVINCE_ADMIN, "43") }

func manager(t *testing.T) context.Context {
	return as(t, "manager", accessv1.Grant_ORGANIZATION_MANAGER, "", uscc)
}

func team(t *testing.T) context.Context {
	return as(t, "team", accessv1.Grant_VILLAGE_TEAM, "433124101201")
}

// refused checks the code of an error and, unless field is empty, the first field that it names.
func refused(t *testing.T, err error, code codes.Code, field string) {
	t.Helper()
	if status.Code(err) != code {
		t.Errorf("error %v, want %s", err, code)
		return
	}
	e, _ := fault.From(err)
	if v := e.Violations(); field != "" && (len(v) == 0 || v[0].Field != field) {
		t.Errorf("error blames %v, want %s", v, field)
	}
}

func on(month, dayOfMonth int32) *date.Date {
	return &date.Date{Year: 2019, Month: month, Day: dayOfMonth}
}

// exampleCampaign returns a campaign that counts operations and cash from May 2019.
func exampleCampaign() *actionv1.Campaign {
	operations := &actionv1.Formula{Of: actionv1.Formula_SUM_QUANTITY, Source: actionv1.Formula_DELIVERIES, Named: true}
	money := &actionv1.Formula{Of: actionv1.Formula_SUM_FEN, Source: actionv1.Formula_DELIVERIES, Named: true}
	return &actionv1.Campaign{
		DisplayName: "示例行动", Scope: "scopes/example", StartDate: on(5, 1),
		Actions: []*actionv1.Action{{Id: "bright", DisplayName: "光明行"}, {Id: "hope", DisplayName: "希望行"}},
		Indicators: []*actionv1.Indicator{
			{Id: "BR03", Group: "bright", DisplayName: "复明手术", Unit: "operation", Kind: actionv1.Indicator_COUNT, Formula: operations},
			{Id: "HP04", Group: "hope", DisplayName: "发放现金", Unit: "CNY", Kind: actionv1.Indicator_CASH_VALUE, Formula: money},
		},
	}
}

func create(t *testing.T, s *suite) *actionv1.Campaign {
	t.Helper()
	c, err := s.campaigns.CreateCampaign(admin(t), &actionv1.CreateCampaignRequest{CampaignId: "example", Campaign: exampleCampaign()})
	if err != nil {
		t.Fatalf("CreateCampaign: %v", err)
	}
	return c
}

// operations returns a valid delivery.
func operations() *actionv1.Delivery {
	return &actionv1.Delivery{
		Action: "bright", Indicator: "BR03", Organization: approved, Village: east, DeliveryDate: on(8, 20), Quantity: 12,
	}
}

// several returns n deliveries of operations.
func several(n int64) *actionv1.Delivery {
	d := operations()
	d.Quantity = n
	return d
}

func record(t *testing.T, s *suite, d *actionv1.Delivery) *actionv1.Delivery {
	t.Helper()
	made, err := s.deliveries.CreateDelivery(manager(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: d})
	if err != nil {
		t.Fatalf("CreateDelivery: %v", err)
	}
	return made
}
