package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// refusal contains the parts of an error that programs use.
type refusal struct {
	Code             codes.Code
	Reason, Resource string
	Violations       []fault.Violation
	Acknowledge      []string
	Further          fault.Further
}

func refusalOf(err error) refusal {
	f, ok := fault.From(err)
	if !ok {
		return refusal{Code: status.Code(err)}
	}
	violations := f.Violations()
	for i := range violations {
		violations[i].Chinese = "" // the gateway responds in one language
	}
	return refusal{f.Code(), f.Reason(), f.Resource(), violations, f.Acknowledgeable(), f.Further()}
}

func hunan() *villagev1.ImportDivisionsRequest {
	return &villagev1.ImportDivisionsRequest{Edition: "2020-06-30", Divisions: []*villagev1.Division{
		{Code: "430000000000", DisplayName: "湖南省"}, {Code: "433100000000", DisplayName: "湘西州"},
	}}
}

// calls returns a call of every kind.
func calls() map[string]func(ctx context.Context, conn grpc.ClientConnInterface) (proto.Message, error) {
	type conn = grpc.ClientConnInterface
	type message = proto.Message
	association := &orgv1.Organization{Uscc: "51430000MJJ0000129", DisplayName: "示例协会", Division: "divisions/430000000000"}
	return map[string]func(ctx context.Context, conn conn) (proto.Message, error){
		"a resource by its name": func(ctx context.Context, c conn) (message, error) {
			return villagev1.NewDivisionServiceClient(c).GetDivision(ctx, &villagev1.GetDivisionRequest{Name: "divisions/433100000000"})
		},
		"a list, narrowed by a query": func(ctx context.Context, c conn) (message, error) {
			return villagev1.NewDivisionServiceClient(c).ListDivisions(ctx, &villagev1.ListDivisionsRequest{PageSize: 5, Filter: `display_name = "湘西州"`})
		},
		"several names in a query": func(ctx context.Context, c conn) (message, error) {
			return villagev1.NewDivisionServiceClient(c).BatchGetDivisions(ctx, &villagev1.BatchGetDivisionsRequest{
				Names: []string{"divisions/433100000000", "divisions/430000000000"},
			})
		},
		"one of them of another form": func(ctx context.Context, c conn) (message, error) {
			return villagev1.NewDivisionServiceClient(c).BatchGetDivisions(ctx, &villagev1.BatchGetDivisionsRequest{
				Names: []string{"divisions/433100000000", "divisions/x"},
			})
		},
		"a request as the body": func(ctx context.Context, c conn) (message, error) {
			return villagev1.NewDivisionServiceClient(c).ImportDivisions(ctx, hunan())
		},
		"a row of the body at fault": func(ctx context.Context, c conn) (message, error) {
			r := hunan()
			r.Divisions[1].DisplayName = ""
			return villagev1.NewDivisionServiceClient(c).ImportDivisions(ctx, r)
		},
		"several rows of the body at fault": func(ctx context.Context, c conn) (message, error) {
			r := hunan()
			for i := range 300 {
				r.Divisions = append(r.Divisions, &villagev1.Division{Code: strings.Repeat("0", i%2), DisplayName: "示例"})
			}
			return villagev1.NewDivisionServiceClient(c).ImportDivisions(ctx, r)
		},
		"more kinds of faults than an answer holds": func(ctx context.Context, c conn) (message, error) {
			r := hunan()
			for i := range 300 {
				r.Divisions = append(r.Divisions, &villagev1.Division{Code: fmt.Sprintf("43%04d000000", i+3200), DisplayName: "示例", Parent: "divisions/430000000000"})
			}
			return villagev1.NewDivisionServiceClient(c).ImportDivisions(ctx, r)
		},
		"a field as the body, and a query beside it": func(ctx context.Context, c conn) (message, error) {
			return orgv1.NewOrganizationServiceClient(c).CreateOrganization(ctx, &orgv1.CreateOrganizationRequest{
				Organization: association, ValidateOnly: true, RequestId: "0192d0f0-0000-7000-8000-000000000001",
			})
		},
		"a field of the body at fault": func(ctx context.Context, c conn) (message, error) {
			wrong := proto.CloneOf(association)
			wrong.DisplayName, wrong.Division = "", "divisions/4"
			return orgv1.NewOrganizationServiceClient(c).CreateOrganization(ctx, &orgv1.CreateOrganizationRequest{Organization: wrong})
		},
		"a change of what there is not": func(ctx context.Context, c conn) (message, error) {
			return orgv1.NewOrganizationServiceClient(c).UpdateOrganization(ctx, &orgv1.UpdateOrganizationRequest{
				Organization: &orgv1.Organization{Name: "organizations/51430000MJJ0000129", DisplayName: "示例"},
				UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"display_name", "display_name_en"}},
			})
		},
		"a position of another form": func(ctx context.Context, c conn) (message, error) {
			return reportv1.NewBulletinServiceClient(c).GetBulletin(ctx, &reportv1.GetBulletinRequest{
				Name: "campaigns/x/bulletin", AtLeast: []string{"logs/org:0", "x"},
			})
		},
		"a page": func(ctx context.Context, c conn) (message, error) {
			return reportv1.NewBulletinServiceClient(c).RenderBulletin(ctx, &reportv1.RenderBulletinRequest{
				Name: "campaigns/x/bulletin", Format: reportv1.RenderBulletinRequest_HTML,
			})
		},
		"a stream":                func(ctx context.Context, c conn) (message, error) { return read(ctx, c, 0) },
		"a stream beyond its end": func(ctx context.Context, c conn) (message, error) { return read(ctx, c, 99) },
	}
}

// read merges the messages of a stream.
func read(ctx context.Context, conn grpc.ClientConnInterface, after int64) (proto.Message, error) {
	all := &journalv1.ReadResponse{}
	stream, err := journalv1.NewJournalServiceClient(conn).Read(ctx, &journalv1.ReadRequest{Log: "logs/village", After: after})
	for err == nil {
		var m *journalv1.ReadResponse
		if m, err = stream.Recv(); err == nil {
			proto.Merge(all, m)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

func TestACallIsAnsweredThroughTheGatewayAsWithoutIt(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	admin := s.As(t, "admin", world.Admin())
	if _, err := villagev1.NewDivisionServiceClient(s.Conn).ImportDivisions(admin, hunan()); err != nil {
		t.Fatal(err)
	}
	for who, ctx := range map[string]context.Context{"an admin": admin, "an anonymous caller": t.Context()} {
		for what, call := range calls() {
			t.Run(what+" for "+who, func(t *testing.T) { _ = mustAnswerAlike(ctx, t, s, call) })
		}
	}
}

func TestAQuestionIsAskedThroughTheGatewayAsWithoutIt(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	q := questionable()["a need"]
	err := mustAnswerAlike(s.As(t, "admin", world.Admin()), t, s, func(ctx context.Context, c grpc.ClientConnInterface) (proto.Message, error) {
		return &villagev1.Need{}, c.Invoke(ctx, q.method, q.request, &villagev1.Need{})
	})
	if got := refusalOf(err).Acknowledge; !slices.Equal(got, q.asks) {
		t.Errorf("%v asks %v, want %v", err, got, q.asks)
	}
}

// mustAnswerAlike makes a call over gRPC and through the gateway, fails the test if the results differ, and returns the
// gateway's error.
func mustAnswerAlike(ctx context.Context, t *testing.T, s *suite.Suite, call func(context.Context, grpc.ClientConnInterface) (proto.Message, error)) error {
	t.Helper()
	want, wantErr := call(ctx, s.Conn)
	got, err := call(ctx, s.ByREST(t).Conn)
	if diff := cmp.Diff(refusalOf(wantErr), refusalOf(err)); diff != "" {
		t.Errorf("refused otherwise: %v\n%s", err, diff)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); wantErr == nil && diff != "" {
		t.Errorf("answered otherwise:\n%s", diff)
	}
	return err
}
