package access_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/dynamicpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// desk is a verifier of the tokens in the map.
type desk map[string][]*accessv1.Grant

func (d desk) Verify(_ context.Context, token string) (access.Principal, error) {
	grants, ok := d[token]
	if !ok {
		return access.Principal{}, fault.Unauthenticated("TOKEN_INVALID", "the token is not valid")
	}
	return access.Principal{Subject: token, Grants: grants}, nil
}

func grant(role accessv1.Grant_Role, area, organization string) *accessv1.Grant {
	return &accessv1.Grant{Role: role, Area: area, Organization: organization}
}

var (
	everywhere = grant(accessv1.Grant_PROVINCE_ADMIN, "", "")
	county     = grant(accessv1.Grant_COUNTY_CLERK, "433124", "")
	elsewhere  = grant(accessv1.Grant_COUNTY_CLERK, "430124", "")
	team       = grant(accessv1.Grant_VILLAGE_TEAM, "433124001201", "")
	neighbours = grant(accessv1.Grant_VILLAGE_TEAM, "433124001202", "")
	manager    = grant(accessv1.Grant_ORGANIZATION_MANAGER, "", uscc)
	countyOnly = grant(accessv1.Grant_ORGANIZATION_MANAGER, "433124", otherUSCC)
	leader     = grant(accessv1.Grant_LEADER, "", "")
	auditor    = grant(accessv1.Grant_AUDITOR, "43", "")
	public     = grant(accessv1.Grant_PUBLIC, "", "")
)

func policies(t testing.TB) *access.Policies {
	t.Helper()
	p, err := access.NewPolicies(suite())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bearing(tokens ...string) context.Context {
	md := metadata.MD{}
	for _, token := range tokens {
		md.Append("authorization", token)
	}
	return metadata.NewIncomingContext(context.Background(), md)
}

func need(village string) *villagev1.CreateNeedRequest {
	return &villagev1.CreateNeedRequest{Parent: village}
}

func delivery(village, organization string) *actionv1.CreateDeliveryRequest {
	return &actionv1.CreateDeliveryRequest{Delivery: &actionv1.Delivery{Village: village, Organization: organization}}
}

func batch(requests ...*actionv1.CreateDeliveryRequest) *actionv1.BatchCreateDeliveriesRequest {
	return &actionv1.BatchCreateDeliveriesRequest{Requests: requests}
}

const (
	here       = "villages/433124001201"
	nextDoor   = "villages/433124001202"
	away       = "villages/430124001201"
	ours       = "organizations/" + uscc
	theirs     = "organizations/" + otherUSCC
	createNeed = villagev1.NeedService_CreateNeed_FullMethodName
	verifyNeed = villagev1.NeedService_VerifyNeed_FullMethodName
	updateNeed = villagev1.NeedService_UpdateNeed_FullMethodName
	getNeed    = villagev1.NeedService_GetNeed_FullMethodName
	deliver    = actionv1.DeliveryService_CreateDelivery_FullMethodName
	deliverAll = actionv1.DeliveryService_BatchCreateDeliveries_FullMethodName
	listPlaces = villagev1.DivisionService_ListDivisions_FullMethodName
	updateOrg  = orgv1.OrganizationService_UpdateOrganization_FullMethodName
	createOrg  = orgv1.OrganizationService_CreateOrganization_FullMethodName
)

func TestACallIsAdmittedUnderExactlyTheGrantsThatCoverIt(t *testing.T) {
	for _, c := range []struct {
		name    string
		method  string
		request proto.Message
		grants  []*accessv1.Grant
		want    []*accessv1.Grant
	}{
		{"a team in its village", createNeed, need(here), grants(team), grants(team)},
		{"a county clerk in a village of the county", createNeed, need(here), grants(county), grants(county)},
		{"a grant for everywhere", createNeed, need(here), grants(everywhere), grants(everywhere)},
		{"only the grant for the place is kept", createNeed, need(here), grants(elsewhere, team, neighbours), grants(team)},
		{"only the grants with a role are kept", getNeed, &villagev1.GetNeedRequest{}, grants(public, team, leader), grants(team, leader)},
		{"a method bound to no place keeps all places", getNeed, &villagev1.GetNeedRequest{}, grants(county, elsewhere), grants(county, elsewhere)},
		{"a named resource", verifyNeed, &villagev1.VerifyNeedRequest{Name: here + "/needs/x"}, grants(county, elsewhere), grants(county)},
		{"a resource named inside", updateNeed, &villagev1.UpdateNeedRequest{Need: &villagev1.Need{Name: here + "/needs/x"}}, grants(team), grants(team)},
		{"staff for their organization anywhere", deliver, delivery(away, ours), grants(manager), grants(manager)},
		{"an organization binds only those who are its staff", deliver, delivery(here, theirs), grants(team), grants(team)},
		{"staff bound to a county too", deliver, delivery(here, theirs), grants(countyOnly), grants(countyOnly)},
		{"a code not yet in its normal form", createOrg, &orgv1.CreateOrganizationRequest{Organization: &orgv1.Organization{Uscc: " 51430000mj0212345x"}}, grants(manager), grants(manager)},
		{"a batch that several grants cover together", deliverAll, batch(delivery(here, ours), delivery(nextDoor, theirs)), grants(team, elsewhere, neighbours), grants(team, neighbours)},
		{"an empty batch has nothing to cover", deliverAll, batch(), grants(team), grants(team)},
		{"a value that names no place is left to validation for those bound to none", createNeed, need("nonsense"), grants(everywhere), grants(everywhere)},
		{"everybody may call a public method as the public", listPlaces, &villagev1.ListDivisionsRequest{}, grants(county), grants(public)},
		{"a caller without grants too", listPlaces, &villagev1.ListDivisionsRequest{}, nil, grants(public)},
	} {
		t.Run(c.name, func(t *testing.T) {
			by, err := call(t, c.method, c.request, c.grants)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if diff := cmp.Diff(c.want, by.Grants, protocmp.Transform()); diff != "" {
				t.Errorf("grants kept (-want +got):\n%s", diff)
			}
			if by.Subject != "caller" || by.Token != "caller" {
				t.Errorf("subject %q, token %q; want those of the token", by.Subject, by.Token)
			}
		})
	}
}

func TestACallIsRefusedInTheWordsThatFit(t *testing.T) {
	for _, c := range []struct {
		name    string
		method  string
		request proto.Message
		grants  []*accessv1.Grant
		code    codes.Code
		reason  string
		message string
	}{
		{"without the role", createNeed, need(here), grants(leader), codes.PermissionDenied, "ROLE_MISSING", "none of the caller's roles may make this call"},
		{"without any role", createNeed, need(here), nil, codes.PermissionDenied, "ROLE_MISSING", "none of the caller's roles may make this call"},
		{"creating in the village next door", createNeed, need(nextDoor), grants(team), codes.PermissionDenied, "OUTSIDE_AREA", "parent: outside the area of the caller's role"},
		{"creating in the whole county", createNeed, need("433124"), grants(team), codes.PermissionDenied, "OUTSIDE_AREA", "parent: outside the area of the caller's role"},
		{"the role here, another role there", createNeed, need(away), grants(team, grant(accessv1.Grant_LEADER, "43", "")), codes.PermissionDenied, "OUTSIDE_AREA", "parent: outside the area of the caller's role"},
		{"verifying in another county", verifyNeed, &villagev1.VerifyNeedRequest{Name: away + "/needs/x"}, grants(county), codes.NotFound, "RESOURCE_NOT_FOUND", `"` + away + `/needs/x" was not found`},
		{"updating in another county", updateNeed, &villagev1.UpdateNeedRequest{Need: &villagev1.Need{Name: away + "/needs/x"}}, grants(county), codes.NotFound, "RESOURCE_NOT_FOUND", `"` + away + `/needs/x" was not found`},
		{"updating another organization", updateOrg, &orgv1.UpdateOrganizationRequest{Organization: &orgv1.Organization{Name: theirs}}, grants(manager), codes.NotFound, "RESOURCE_NOT_FOUND", `"` + theirs + `" was not found`},
		{"delivering for another organization", deliver, delivery(here, theirs), grants(manager), codes.PermissionDenied, "OUTSIDE_ORGANIZATION", "delivery.organization: outside the organization of the caller's role"},
		{"delivering outside the county", deliver, delivery(away, theirs), grants(countyOnly), codes.PermissionDenied, "OUTSIDE_AREA", "delivery.village: outside the area of the caller's role"},
		{"two grants do not share place and organization", deliver, delivery(away, theirs), grants(manager, countyOnly, elsewhere2), codes.PermissionDenied, "OUTSIDE_ORGANIZATION", "delivery.organization: outside the organization of the caller's role"},
		{"one row of a batch elsewhere", deliverAll, batch(delivery(here, ours), delivery(away, ours)), grants(team), codes.PermissionDenied, "OUTSIDE_AREA", "requests[1].delivery.village: outside the area of the caller's role"},
		{"one row of a batch for others", deliverAll, batch(delivery(here, ours), delivery(here, theirs)), grants(manager), codes.PermissionDenied, "OUTSIDE_ORGANIZATION", "requests[1].delivery.organization: outside the organization of the caller's role"},
		{"a place that is missing", createNeed, need(""), grants(team), codes.InvalidArgument, "AREA_MALFORMED", "parent: does not name the area concerned"},
		{"a message that is missing", deliver, &actionv1.CreateDeliveryRequest{}, grants(team), codes.InvalidArgument, "AREA_MALFORMED", "delivery.village: does not name the area concerned"},
		{"a place hidden further back in the name", verifyNeed, &villagev1.VerifyNeedRequest{Name: "villages/x/divisions/433124001201"}, grants(county), codes.InvalidArgument, "AREA_MALFORMED", "name: does not name the area concerned"},
		{"an organization that is missing", deliver, delivery(here, ""), grants(manager), codes.InvalidArgument, "ORGANIZATION_MALFORMED", "delivery.organization: does not name the organization concerned"},
		{"a method without a policy", "/wancun.village.v1.NeedService/DropAll", need(here), grants(everywhere), codes.PermissionDenied, "METHOD_UNKNOWN", "no policy admits anybody to this method"},
		{"a method without a slash", "wancun.village.v1.NeedService/CreateNeed", need(here), grants(everywhere), codes.PermissionDenied, "METHOD_UNKNOWN", "no policy admits anybody to this method"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := call(t, c.method, c.request, c.grants)
			refused, ok := fault.From(err)
			if !ok || refused.Code() != c.code || refused.Reason() != c.reason || refused.Message() != c.message {
				t.Errorf("got %v, want %v %s %q", err, c.code, c.reason, c.message)
			}
		})
	}
}

// elsewhere2 is a grant of a manager of the caller's organization in another county.
var elsewhere2 = grant(accessv1.Grant_ORGANIZATION_MANAGER, "430124", uscc)

func grants(g ...*accessv1.Grant) []*accessv1.Grant { return g }

// call makes a unary call with the grants and returns the principal that the handler received.
func call(t testing.TB, method string, request proto.Message, held []*accessv1.Grant) (access.Principal, error) {
	t.Helper()
	var seen access.Principal
	handler := func(ctx context.Context, _ any) (any, error) {
		seen = access.From(ctx)
		if got := access.Method(ctx); got != method {
			t.Errorf("Method = %q, want %q", got, method)
		}
		return nil, nil
	}
	return seen, enter(t, desk{"caller": held}, bearing("Bearer caller"), method, request, handler)
}

// enter passes a call through both interceptors of a server.
func enter(t testing.TB, v access.Verifier, ctx context.Context, method string, request proto.Message, handler grpc.UnaryHandler) error { //nolint:revive // the verifier is what the test is about
	t.Helper()
	info := &grpc.UnaryServerInfo{FullMethod: method}
	_, err := policies(t).Entering(v)(ctx, nil, info, func(ctx context.Context, _ any) (any, error) {
		return policies(t).Unary()(ctx, request, info, handler)
	})
	return err
}

func TestATokenIsReadOneWay(t *testing.T) {
	who := desk{"caller": grants(team)}
	ask := func(method string, tokens ...string) (access.Principal, error) {
		var seen access.Principal
		err := enter(t, who, bearing(tokens...), method, need(here), func(ctx context.Context, _ any) (any, error) {
			seen = access.From(ctx)
			return nil, nil
		})
		return seen, err
	}
	t.Run("none is needed where everybody may call", func(t *testing.T) {
		by, err := ask(listPlaces)
		if err != nil || by.Subject != "" || by.Token != "" || !by.Has(accessv1.Grant_PUBLIC) {
			t.Errorf("got %v, %v; want the public", by, err)
		}
	})
	t.Run("none where one is needed", func(t *testing.T) {
		if _, err := ask(createNeed); status.Code(err) != codes.Unauthenticated {
			t.Errorf("got %v, want UNAUTHENTICATED", err)
		}
	})
	t.Run("the scheme is known in any case", func(t *testing.T) {
		for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
			if by, err := ask(createNeed, scheme+" caller"); err != nil || by.Subject != "caller" {
				t.Errorf("%s: got %v, %v; want the caller", scheme, by, err)
			}
		}
	})
	for name, tokens := range map[string][]string{
		"unknown":        {"Bearer nobody"},
		"empty":          {"Bearer "},
		"no scheme":      {"caller"},
		"another scheme": {"Basic caller"},
		"two tokens":     {"Bearer caller", "Bearer caller"},
		"two in one":     {"Bearer caller, Bearer caller"},
		"blank":          {""},
	} {
		t.Run(name+" is refused even where none is needed", func(t *testing.T) {
			for _, method := range []string{createNeed, listPlaces} {
				if _, err := ask(method, tokens...); status.Code(err) != codes.Unauthenticated {
					t.Errorf("%s: got %v, want UNAUTHENTICATED", method, err)
				}
			}
		})
	}
}

// inbox is a stream that receives the given messages.
type inbox struct {
	grpc.ServerStream
	ctx      context.Context
	messages []proto.Message
}

func (s *inbox) Context() context.Context { return s.ctx }

func (s *inbox) RecvMsg(m any) error {
	if len(s.messages) == 0 {
		return io.EOF
	}
	into, ok := m.(proto.Message)
	if !ok {
		return fmt.Errorf("receive into a %T", m)
	}
	proto.Merge(into, s.messages[0])
	s.messages = s.messages[1:]
	return nil
}

func TestAStreamIsJudgedWhenItOpensAndAtEachMessage(t *testing.T) {
	const service = "streamtest.places"
	p, err := access.NewPolicies(describe(t, service, option(`audience: SURVEYORS area: "village"`)))
	if err != nil {
		t.Fatal(err)
	}
	places := request(t, service)
	at := func(village string) proto.Message {
		m := dynamicpb.NewMessage(places)
		m.Set(places.Fields().ByName("village"), protoreflect.ValueOfString(village))
		return m
	}
	open := func(messages []proto.Message, handler grpc.StreamHandler, held ...*accessv1.Grant) error {
		stream := &inbox{ctx: bearing("Bearer caller"), messages: messages}
		return p.Stream(desk{"caller": held})(nil, stream, &grpc.StreamServerInfo{FullMethod: "/" + service + ".Service/Method"}, handler)
	}
	receive := func(s grpc.ServerStream) error { return s.RecvMsg(dynamicpb.NewMessage(places)) }

	t.Run("without the role it does not open", func(t *testing.T) {
		err := open(nil, func(any, grpc.ServerStream) error { t.Error("opened"); return nil }, leader)
		if status.Code(err) != codes.PermissionDenied {
			t.Errorf("got %v, want PERMISSION_DENIED", err)
		}
	})
	t.Run("the first message decides", func(t *testing.T) {
		if err := open([]proto.Message{at(away)}, func(_ any, s grpc.ServerStream) error { return receive(s) }, team); status.Code(err) != codes.PermissionDenied {
			t.Errorf("got %v, want PERMISSION_DENIED", err)
		}
	})
	t.Run("and so does each later one, which may need another grant", func(t *testing.T) {
		err := open([]proto.Message{at(here), at(nextDoor), at(away)}, func(_ any, s grpc.ServerStream) error {
			if got := len(access.From(s.Context()).Grants); got != 2 {
				t.Errorf("%d grants before the first message, want both with the role", got)
			}
			for _, want := range [][]*accessv1.Grant{grants(team), grants(team, neighbours)} {
				if err := receive(s); err != nil {
					t.Errorf("receive: %v", err)
				}
				if diff := cmp.Diff(want, access.From(s.Context()).Grants, protocmp.Transform()); diff != "" {
					t.Errorf("grants kept (-want +got):\n%s", diff)
				}
			}
			return receive(s)
		}, team, leader, neighbours)
		if status.Code(err) != codes.PermissionDenied {
			t.Errorf("got %v, want PERMISSION_DENIED for the third", err)
		}
	})
	t.Run("a journal is read by those who may", func(t *testing.T) {
		for _, c := range []struct {
			held *accessv1.Grant
			want codes.Code
		}{{auditor, codes.OK}, {county, codes.PermissionDenied}} {
			stream := &inbox{ctx: bearing("Bearer caller"), messages: []proto.Message{&journalv1.ReadRequest{Log: "logs/org"}}}
			err := policies(t).Stream(desk{"caller": grants(c.held)})(nil, stream, &grpc.StreamServerInfo{FullMethod: journalv1.JournalService_Read_FullMethodName},
				func(_ any, s grpc.ServerStream) error { return s.RecvMsg(&journalv1.ReadRequest{}) })
			if status.Code(err) != c.want {
				t.Errorf("%s: got %v, want %v", c.held.GetRole(), err, c.want)
			}
		}
	})
}
