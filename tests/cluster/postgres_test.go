package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

func TestAnEndOfPostgreSQLIsRefusedAsUnavailableAndOvercome(t *testing.T) {
	cluster := theCluster(t)
	for _, story := range []struct {
		name string
		by   syscall.Signal
	}{
		{"restarted", syscall.SIGINT}, // disconnects all clients and writes a checkpoint
		{"killed", syscall.SIGKILL},
	} {
		t.Run(story.name, func(t *testing.T) {
			s := cluster.suite(t)
			want := figures(world.Bulletin(t, s, theCampaign))
			before := cluster.state(t)
			load := begin(t, s)
			load.await(t, 100)
			if err := syscall.Kill(postmaster(t, cluster.dir), story.by); err != nil {
				t.Fatalf("end PostgreSQL: %v", err)
			}
			suite.Eventually(t, "writes to be refused", func() bool { return t.Failed() || load.refused.Load() > 0 })
			load.await(t, 100)
			load.end()
			t.Logf("%d writes acknowledged, %d calls refused", load.written.Load(), load.refused.Load())
			load.mustStand(t)
			if diff := cmp.Diff(before, cluster.state(t)); diff != "" {
				t.Errorf("processes were started again (-before +after):\n%s", diff)
			}
			mustEqual(t, want, figures(world.Bulletin(t, s, theCampaign)))
		})
	}
}

// load makes concurrent calls: some clients each change an organization again and again, and retry after a refusal;
// others read from every service. UNAVAILABLE is the only permitted error.
type load struct {
	suite            *suite.Suite
	written, refused atomic.Int64
	enough           chan struct{} // closed when the clients should stop
	end              func()        // stops the clients and waits for them

	mu   sync.Mutex
	last map[string]*orgv1.Organization // the last acknowledged version
}

const writers = 8

func begin(t *testing.T, s *suite.Suite) *load {
	t.Helper()
	ctx := s.As(t, "province", world.Admin())
	l := &load{suite: s, enough: make(chan struct{}), last: map[string]*orgv1.Organization{}}
	var all sync.WaitGroup
	l.end = sync.OnceFunc(func() { close(l.enough); all.Wait() })
	t.Cleanup(l.end)
	for _, o := range organizations(ctx, t, s, writers) {
		all.Go(func() { l.write(ctx, t, o) })
	}
	for _, read := range reads(s.Conn) {
		all.Go(func() {
			for l.goesOn(ctx) {
				l.insist(ctx, t, func() error { return read(ctx) })
			}
		})
	}
	return l
}

// reads returns a read of each service.
func reads(conn grpc.ClientConnInterface) []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := orgv1.NewOrganizationServiceClient(conn).ListOrganizations(ctx, &orgv1.ListOrganizationsRequest{PageSize: 10})
			return err
		},
		func(ctx context.Context) error {
			_, err := villagev1.NewDivisionServiceClient(conn).ListDivisions(ctx, &villagev1.ListDivisionsRequest{PageSize: 10})
			return err
		},
		func(ctx context.Context) error {
			_, err := actionv1.NewDeliveryServiceClient(conn).ListDeliveries(ctx, &actionv1.ListDeliveriesRequest{Parent: theCampaign, PageSize: 10})
			return err
		},
		func(ctx context.Context) error {
			_, err := reportv1.NewBulletinServiceClient(conn).GetBulletin(ctx, &reportv1.GetBulletinRequest{Name: theCampaign + "/bulletin"})
			return err
		},
	}
}

// write changes an organization until the load ends.
func (l *load) write(ctx context.Context, t *testing.T, o *orgv1.Organization) {
	for l.goesOn(ctx) {
		request := uuid.NewString()
		l.insist(ctx, t, func() error {
			next, err := withNextPhone(ctx, l.suite, o, request)
			if err == nil {
				o = next
			}
			return err
		})
		l.written.Add(1)
		l.mu.Lock()
		l.last[o.GetName()] = o
		l.mu.Unlock()
	}
}

func (l *load) goesOn(ctx context.Context) bool {
	select {
	case <-l.enough:
		return false
	default:
		return ctx.Err() == nil
	}
}

// insist retries a call until it succeeds.
func (l *load) insist(ctx context.Context, t *testing.T, call func() error) {
	for err := call(); err != nil && ctx.Err() == nil; err = call() {
		if status.Code(err) != codes.Unavailable {
			t.Errorf("refused otherwise than as UNAVAILABLE: %v", err)
			return
		}
		l.refused.Add(1)
		pause(ctx)
	}
}

// await waits until this many more writes are acknowledged.
func (l *load) await(t *testing.T, more int64) {
	t.Helper()
	n := l.written.Load() + more
	suite.Eventually(t, "writes to be acknowledged", func() bool { return t.Failed() || l.written.Load() >= n })
	if t.Failed() {
		t.FailNow()
	}
}

// mustStand fails the test unless every organization equals its last acknowledged version.
func (l *load) mustStand(t *testing.T) {
	t.Helper()
	ctx, organizations := l.suite.As(t, "province", world.Admin()), orgv1.NewOrganizationServiceClient(l.suite.Conn)
	for name, want := range l.last {
		got, err := organizations.GetOrganization(ctx, &orgv1.GetOrganizationRequest{Name: name})
		if err != nil {
			t.Errorf("read %s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s is not as it was acknowledged (-acknowledged +there):\n%s", name, diff)
		}
	}
}

// pause waits a moment before a retry.
func pause(ctx context.Context) {
	moment := time.NewTimer(20 * time.Millisecond)
	defer moment.Stop()
	select {
	case <-moment.C:
	case <-ctx.Done():
	}
}
