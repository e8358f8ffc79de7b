package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/wancun/internal/rest"
	"github.com/wancun/wancun/wancun/internal/suite"
)

// refusal is what a program acts on.
type refusal struct {
	Code             codes.Code
	Reason, Resource string
	Violations       []fault.Violation
	Further          fault.Further
}

func refusalOf(err error) refusal {
	f, ok := fault.From(err)
	if !ok {
		return refusal{Code: status.Code(err)}
	}
	violations := f.Violations()
	for i := range violations {
		violations[i].Chinese = "" // the gateway answers in one language
	}
	return refusal{f.Code(), f.Reason(), f.Resource(), violations, f.Further()}
}

// open opens a suite with two divisions in it, and a gateway before it.
func open(t *testing.T) (direct grpc.ClientConnInterface, gateway *rest.Conn, admin context.Context) {
	t.Helper()
	s, err := suite.Open(t.Context(), suite.Config{Dir: t.TempDir(), Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	token, err := s.Mint("admin", []*accessv1.Grant{{Role: accessv1.Grant_PROVINCE_ADMIN}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	admin = metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
	if _, err := villagev1.NewDivisionServiceClient(s.Conn()).ImportDivisions(admin, hunan()); err != nil {
		t.Fatal(err)
	}
	gateway = rest.New(server.URL, server.Client())
	t.Cleanup(func() { _ = gateway.Close() })
	return s.Conn(), gateway, admin
}

func hunan() *villagev1.ImportDivisionsRequest {
	return &villagev1.ImportDivisionsRequest{Edition: "2020-06-30", Divisions: []*villagev1.Division{
		{Code: "430000000000", DisplayName: "湖南省"}, {Code: "433100000000", DisplayName: "湘西州"},
	}}
}

// calls are one of every kind there is.
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

// read joins the messages of a stream.
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
	direct, gateway, admin := open(t)
	for who, ctx := range map[string]context.Context{"an admin": admin, "nobody": t.Context()} {
		for what, call := range calls() {
			t.Run(what+" for "+who, func(t *testing.T) {
				want, wantErr := call(ctx, direct)
				got, err := call(ctx, gateway)
				if diff := cmp.Diff(refusalOf(wantErr), refusalOf(err)); diff != "" {
					t.Errorf("refused otherwise: %v\n%s", err, diff)
				}
				if diff := cmp.Diff(want, got, protocmp.Transform()); wantErr == nil && diff != "" {
					t.Errorf("answered otherwise:\n%s", diff)
				}
			})
		}
	}
}

// pretend answers everything the same.
func pretend(t *testing.T, status int, kind, body string) *rest.Conn {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return rest.New(s.URL, s.Client())
}

func TestWhatStandsInBetweenIsNotTakenForTheService(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       codes.Code
	}{
		"a proxy without a gateway":       {http.StatusBadGateway, "text/html", "<h1>502</h1>", codes.Unavailable},
		"a proxy that wants its own user": {http.StatusForbidden, "text/html", "<h1>403</h1>", codes.Unknown},
		"some other site":                 {http.StatusOK, "text/html", "<h1>hello</h1>", codes.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			conn := pretend(t, c.status, c.kind, c.body)
			_, err := orgv1.NewOrganizationServiceClient(conn).GetOrganization(t.Context(), &orgv1.GetOrganizationRequest{Name: "organizations/x"})
			if status.Code(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			if _, err := read(t.Context(), conn, 0); err == nil {
				t.Error("a stream of it ends well")
			}
		})
	}
	t.Run("nobody", func(t *testing.T) {
		s := httptest.NewServer(nil)
		s.Close()
		if _, err := read(t.Context(), rest.New(s.URL, http.DefaultClient), 0); status.Code(err) != codes.Unavailable {
			t.Errorf("%v, want UNAVAILABLE", err)
		}
	})
}

func TestAStreamThatBreaksOffHasNotEnded(t *testing.T) {
	const element = `{"result":{"entries":[{"position":"%d"}]}}` + "\n"
	first := fmt.Sprintf(element, 1) + fmt.Sprintf(element, 2)
	for name, c := range map[string]struct {
		rest string
		want refusal
	}{
		"at its end":             {"", refusal{}},
		"with a problem":         {`{"error":{"code":"Unavailable","reason":"DRAINING","detail":"come back"}}`, refusal{Code: codes.Unavailable, Reason: "DRAINING"}},
		"in the middle of words": {`{"result":{"entr`, refusal{Code: codes.Unavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := read(t.Context(), pretend(t, http.StatusOK, "application/x-ndjson", first+c.rest), 0)
			if got := len(all.(*journalv1.ReadResponse).GetEntries()); got != 2 {
				t.Errorf("%d entries arrived, want 2", got)
			}
			if diff := cmp.Diff(c.want, refusalOf(err)); diff != "" {
				t.Errorf("it ended with %v:\n%s", err, diff)
			}
		})
	}
}
