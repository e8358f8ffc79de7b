package scenario_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	"github.com/wancun/wancun/wancun/internal/scenario"
)

// calls is a connection that remembers the approvals that it is asked for. What services do with a request is not
// checked here; tests/e2e plays a scenario on a suite.
type calls struct {
	grpc.ClientConnInterface

	answer func(name string) error // nil: success

	mu   sync.Mutex
	made map[string]call // by the name in the request
}

type call struct{ authorization, requestID string }

func (c *calls) Invoke(ctx context.Context, _ string, in, _ any, _ ...grpc.CallOption) error {
	request, ok := in.(*orgv1.ApproveOrganizationRequest)
	if !ok {
		return fmt.Errorf("the request is a %T", in)
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	c.remember(request.GetName(), call{strings.Join(md.Get("authorization"), ","), request.GetRequestId()})
	if c.answer == nil {
		return nil
	}
	return c.answer(request.GetName())
}

func (c *calls) remember(name string, made call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = make(map[string]call)
	}
	c.made[name] = made
}

// names returns the names in the requests so far.
func (c *calls) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.made))
}

// player returns a player whose tokens are the subjects.
func player(conn grpc.ClientConnInterface) scenario.Player {
	return scenario.Player{
		Conn: conn,
		Mint: func(subject string, grants []*accessv1.Grant, _ time.Duration) (string, error) {
			return subject + " " + grants[0].GetRole().String(), nil
		},
		Progress: func(int, int, string) {},
	}
}

// twoStages is a scenario of a stage of three calls and a stage of one.
func twoStages() []scenario.Line {
	return []scenario.Line{
		{Stage: "first"},
		{As: "province", Call: approve, Request: approval("1")},
		{As: "province", Call: approve, Request: approval("2")},
		{As: "registrar", Call: approve, Request: approval("3")},
		{Stage: "second"},
		{As: "province", Call: approve, Request: approval("4")},
		person("province"), person("registrar"),
	}
}

func TestAStageIsMadeInParallelAfterTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, ended := make(chan struct{}), make(chan error, 1)
		conn := &calls{answer: func(string) error { <-release; return nil }}
		go func() { ended <- player(conn).Play(t.Context(), twoStages()) }()
		synctest.Wait()
		first := []string{"organizations/1", "organizations/2", "organizations/3"}
		if diff := cmp.Diff(first, conn.names()); diff != "" {
			t.Errorf("calls before the first answer (-want +got):\n%s", diff)
		}
		close(release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(append(first, "organizations/4"), conn.names()); diff != "" {
			t.Errorf("calls at the end (-want +got):\n%s", diff)
		}
	})
}

func TestAStageHasAtMost32CallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := []scenario.Line{person("province"), {Stage: "all"}}
		for i := range 40 {
			lines = append(lines, scenario.Line{As: "province", Call: approve, Request: approval(strconv.Itoa(i))})
		}
		release, ended := make(chan struct{}), make(chan error, 1)
		conn := &calls{answer: func(string) error { <-release; return nil }}
		go func() { ended <- player(conn).Play(t.Context(), lines) }()
		synctest.Wait()
		if got := len(conn.names()); got != 32 {
			t.Errorf("%d calls in flight", got)
		}
		close(release)
		if err := <-ended; err != nil || len(conn.names()) != 40 {
			t.Errorf("%d calls, %v", len(conn.names()), err)
		}
	})
}

func TestEachCallIsMadeAsThePersonOfItsLine(t *testing.T) {
	conn := &calls{}
	if err := player(conn).Play(t.Context(), twoStages()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"organizations/1": "Bearer province PROVINCE_ADMIN", "organizations/3": "Bearer registrar PROVINCE_ADMIN",
	} {
		if got := conn.made[name].authorization; got != want {
			t.Errorf("%s is approved with %q, want %q", name, got, want)
		}
	}
}

func TestARequestIDFollowsFromItsLine(t *testing.T) {
	lines := twoStages()
	given := approval("5")
	given.RequestId = "0190a000-0000-7000-8000-000000000001"
	lines = append(lines, scenario.Line{As: "province", Call: approve, Request: given})
	first, again := &calls{}, &calls{}
	for _, conn := range []*calls{first, again} {
		if err := player(conn).Play(t.Context(), lines); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(first.made, again.made, cmp.AllowUnexported(call{})); diff != "" {
		t.Errorf("the scenario played again (-first +again):\n%s", diff)
	}
	ids := make(map[string]bool)
	for _, c := range first.made {
		ids[c.requestID] = true
	}
	if len(ids) != 5 || ids[""] || !ids[given.GetRequestId()] {
		t.Errorf("request ids of five lines, one of which has its own: %v", ids)
	}
}

func TestAFailedCallIsNamedAndEndsTheScenario(t *testing.T) {
	conn := &calls{answer: func(name string) error {
		if name == "organizations/3" {
			return status.Error(codes.NotFound, "no such organization")
		}
		return nil
	}}
	err := player(conn).Play(t.Context(), twoStages())
	want := "line 4: ApproveOrganization as registrar: "
	if err == nil || !strings.HasPrefix(err.Error(), want) || status.Code(err) != codes.NotFound {
		t.Errorf("error %v, want %s…", err, want)
	}
	if slices.Contains(conn.names(), "organizations/4") {
		t.Error("the second stage has begun")
	}
}

func TestProgressCountsUpToTheEnd(t *testing.T) {
	var stages []string
	last := 0
	p := player(&calls{})
	p.Progress = func(done, total int, stage string) {
		if done < last || total != 4 {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
		if !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
	}
	if err := p.Play(t.Context(), twoStages()); err != nil || last != 4 || !slices.Equal(stages, []string{"first", "second"}) {
		t.Errorf("ends at %d of 4 after the stages %v: %v", last, stages, err)
	}
}
