package cluster

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// answers are report's responses about the campaign, without the generation.
type answers struct {
	Overview *reportv1.Overview
	Bulletin *reportv1.Bulletin
	Entries  map[string][]*reportv1.FigureEntry // by indicator
}

// drilled are the indicators whose entries are read: a count, an amount of money and a headline that sums several
// indicators.
var drilled = []string{"BR03", "HP04", "TT02"}

// ask reads all answers from a suite or one replica. The overview is of the given generation or a later one.
func ask(ctx context.Context, t *testing.T, conn grpc.ClientConnInterface, generation int64) answers {
	t.Helper()
	reports := reportv1.NewBulletinServiceClient(conn)
	bulletin, err := reports.GetBulletin(ctx, &reportv1.GetBulletinRequest{Name: theCampaign + "/bulletin"})
	if err != nil {
		t.Fatalf("ask for the bulletin: %v", err)
	}
	a := answers{Overview: overview(ctx, t, conn, generation), Bulletin: figures(bulletin), Entries: map[string][]*reportv1.FigureEntry{}}
	for _, indicator := range drilled {
		r := &reportv1.ListFigureEntriesRequest{Parent: theCampaign + "/figures/" + indicator, PageSize: 100}
		for more := true; more; more = r.PageToken != "" {
			page, err := reports.ListFigureEntries(ctx, r)
			if err != nil {
				t.Fatalf("ask for the entries of %s: %v", indicator, err)
			}
			a.Entries[indicator] = append(a.Entries[indicator], page.GetEntries()...)
			r.PageToken = page.GetNextPageToken()
		}
		if len(a.Entries[indicator]) < 100 {
			t.Errorf("%s has %d entries, too few to be read page by page", indicator, len(a.Entries[indicator]))
		}
	}
	return a
}

// overview reads the overview of the given generation or a later one, and removes the generation from it.
func overview(ctx context.Context, t *testing.T, conn grpc.ClientConnInterface, generation int64) *reportv1.Overview {
	t.Helper()
	body, err := reportv1.NewBulletinServiceClient(conn).GetOverview(ctx, &reportv1.GetOverviewRequest{
		Name: theCampaign + "/overview", MinGeneration: generation,
	})
	if err != nil {
		t.Fatalf("ask for the overview: %v", err)
	}
	o := &reportv1.Overview{}
	if err := protojson.Unmarshal(body.GetData(), o); err != nil {
		t.Fatalf("read the overview: %v\n%s", err, body.GetData())
	}
	if got := o.GetAsOf().GetGeneration(); got < generation {
		t.Errorf("the overview is of generation %d for a caller that has seen %d", got, generation)
	}
	o.AsOf = nil
	return o
}

// mustEqual fails the test unless the answers are equal.
func mustEqual(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("other answers (-before +now):\n%s", diff)
	}
}

// touch writes a change that no figure shows, and returns the generation that contains it.
func touch(t *testing.T, s *suite.Suite) int64 {
	t.Helper()
	ctx := s.As(t, "province", world.Admin())
	if _, err := withNextPhone(ctx, s, organizations(ctx, t, s, 1)[0], ""); err != nil {
		t.Fatalf("touch an organization: %v", err)
	}
	return world.Bulletin(t, s, theCampaign).GetAsOf().GetGeneration()
}

// organizations returns the first n organizations.
func organizations(ctx context.Context, t *testing.T, s *suite.Suite, n int32) []*orgv1.Organization {
	t.Helper()
	page, err := orgv1.NewOrganizationServiceClient(s.Conn).ListOrganizations(ctx, &orgv1.ListOrganizationsRequest{PageSize: n})
	if err != nil || len(page.GetOrganizations()) != int(n) {
		t.Fatalf("find organizations: %v, %v", page, err)
	}
	return page.GetOrganizations()
}

// withNextPhone updates an organization's contact to the next phone number.
func withNextPhone(ctx context.Context, s *suite.Suite, o *orgv1.Organization, request string) (*orgv1.Organization, error) {
	next := proto.CloneOf(o)
	var n int
	_, _ = fmt.Sscanf(o.GetContact().GetPhone(), "000 0000 %d", &n) // any other number starts at 1
	next.Contact.Phone = fmt.Sprintf("000 0000 %04d", n+1)
	return orgv1.NewOrganizationServiceClient(s.Conn).UpdateOrganization(ctx, &orgv1.UpdateOrganizationRequest{
		Organization: next, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"contact"}}, RequestId: request,
	})
}

func TestBothReplicasOfReportAnswerAlike(t *testing.T) {
	cluster := theCluster(t)
	s := cluster.suite(t)
	generation := touch(t, s)
	token := s.Token(t, "auditor", suite.Everywhere(accessv1.Grant_AUDITOR))
	var first answers
	for n, replica := range cluster.state(t).of("report") {
		got := ask(suite.WithToken(t.Context(), token), t, dial(t, cluster.dir, replica), generation)
		if n == 0 {
			first = got
			continue
		}
		mustEqual(t, first, got)
	}
}
