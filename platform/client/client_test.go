package client_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// wire is a connection whose answers the test defines. It records what was sent.
type wire struct {
	answer func(ctx context.Context, attempt int) error

	mu    sync.Mutex
	calls []metadata.MD
}

func (w *wire) Invoke(ctx context.Context, _ string, _, _ any, _ ...grpc.CallOption) error {
	return w.answer(ctx, w.sent(ctx))
}

func (w *wire) NewStream(ctx context.Context, _ *grpc.StreamDesc, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, w.answer(ctx, w.sent(ctx))
}

func (w *wire) sent(ctx context.Context) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	md, _ := metadata.FromOutgoingContext(ctx)
	w.calls = append(w.calls, md)
	return len(w.calls)
}

func (w *wire) attempts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls)
}

func answering(err error) *wire {
	return &wire{answer: func(context.Context, int) error { return err }}
}

const aNeed = "villages/433124001201/needs/0192d0f0-0000-7000-8000-000000000001"

func get(ctx context.Context, conn grpc.ClientConnInterface) error {
	_, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
	return err
}

func read(ctx context.Context, conn grpc.ClientConnInterface) error {
	_, err := journalv1.NewJournalServiceClient(conn).Read(ctx, &journalv1.ReadRequest{Log: "logs/org"})
	return err
}

// handling returns the context in which a server handles a call with the token.
func handling(t *testing.T, token string) context.Context {
	t.Helper()
	policies, err := access.NewPolicies(map[string]grpc.ServiceInfo{
		villagev1.DivisionService_ServiceDesc.ServiceName: {Methods: []grpc.MethodInfo{{Name: "GetDivision"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	md := metadata.MD{}
	if token != "" {
		md.Set("authorization", "Bearer "+token)
	}
	var ctx context.Context
	_, err = policies.Entering(anybody{})(metadata.NewIncomingContext(t.Context(), md), nil,
		&grpc.UnaryServerInfo{FullMethod: villagev1.DivisionService_GetDivision_FullMethodName},
		func(handled context.Context, _ any) (any, error) { ctx = handled; return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

type anybody struct{}

func (anybody) Verify(context.Context, string) (access.Principal, error) {
	return access.Principal{Subject: "somebody"}, nil
}

func TestACallCarriesTheTokenOfTheOriginatingCaller(t *testing.T) {
	outgoing := func(ctx context.Context, value string) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", value)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		want []string
	}{
		"a call within a call has the caller's token":            {handling(t, "theirs"), []string{"Bearer theirs"}},
		"and not the service's own":                              {client.WithToken(handling(t, "theirs"), "own"), []string{"Bearer theirs"}},
		"not even if the caller has none":                        {client.WithToken(handling(t, ""), "own"), nil},
		"nor another that was put there":                         {outgoing(handling(t, ""), "Bearer own"), nil},
		"nor beside another":                                     {outgoing(handling(t, "theirs"), "Bearer own"), []string{"Bearer theirs"}},
		"work without a caller has its own":                      {client.WithToken(t.Context(), "own"), []string{"Bearer own"}},
		"what a gateway received is passed on":                   {outgoing(t.Context(), "Bearer received"), []string{"Bearer received"}},
		"without any there is none":                              {t.Context(), nil},
		"a principal that did not come by a call counts as well": {access.With(t.Context(), access.Principal{Token: "test"}), []string{"Bearer test"}},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, call := range map[string]func(context.Context, grpc.ClientConnInterface) error{"unary": get, "stream": read} {
				w := answering(errors.New("enough"))
				_ = call(c.ctx, client.Wrap(w))
				if got := w.calls[0].Get("authorization"); len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
					t.Errorf("%s: authorization %q, want %q", kind, got, c.want)
				}
			}
		})
	}
}

func TestTheTimeLeftIsPassedOnALittleShorter(t *testing.T) {
	for name, c := range map[string]struct{ given, want time.Duration }{
		"none becomes ten seconds":      {0, 10 * time.Second},
		"some leaves time to say so":    {time.Second, 980 * time.Millisecond},
		"more than ten seconds stay so": {time.Minute, time.Minute - 20*time.Millisecond},
		"too little is over at once":    {10 * time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.given > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.given)
					defer cancel()
				}
				w := &wire{answer: func(ctx context.Context, _ int) error {
					<-ctx.Done()
					return status.FromContextError(ctx.Err()).Err()
				}}
				begin := time.Now()
				err := get(ctx, client.Wrap(w))
				if took := time.Since(begin); status.Code(err) != codes.DeadlineExceeded || took != c.want {
					t.Errorf("%v after %v, want DEADLINE_EXCEEDED after %v", err, took, c.want)
				}
			})
		})
	}
	t.Run("a stream may go on", func(t *testing.T) {
		w := &wire{answer: func(ctx context.Context, _ int) error {
			if at, ok := ctx.Deadline(); ok {
				t.Errorf("the stream has the deadline %v", at)
			}
			return errors.New("enough")
		}}
		_ = read(t.Context(), client.Wrap(w))
	})
}

func TestOnlyWhatCannotHappenTwiceIsSentAgain(t *testing.T) {
	away := status.Error(codes.Unavailable, "away")
	needs := func(call func(context.Context, villagev1.NeedServiceClient) error) func(context.Context, grpc.ClientConnInterface) error {
		return func(ctx context.Context, conn grpc.ClientConnInterface) error {
			return call(ctx, villagev1.NewNeedServiceClient(conn))
		}
	}
	submit := func(id string) func(context.Context, grpc.ClientConnInterface) error {
		return needs(func(ctx context.Context, c villagev1.NeedServiceClient) error {
			_, err := c.SubmitNeed(ctx, &villagev1.SubmitNeedRequest{Name: aNeed, RequestId: id})
			return err
		})
	}
	list := needs(func(ctx context.Context, c villagev1.NeedServiceClient) error {
		_, err := c.ListNeeds(ctx, &villagev1.ListNeedsRequest{})
		return err
	})
	outside := func(t *testing.T) context.Context { return t.Context() }
	onTheWay := func(t *testing.T) context.Context { return handling(t, "theirs") }
	const id = "0192d0f0-0000-7000-8000-000000000002"
	for name, c := range map[string]struct {
		from func(*testing.T) context.Context
		call func(context.Context, grpc.ClientConnInterface) error
		err  error
		want int
	}{
		"a read":                               {outside, get, away, 3},
		"a list":                               {outside, list, away, 3},
		"a write with a request id":            {outside, submit(id), away, 3},
		"a write without one":                  {outside, submit(""), away, 1},
		"a stream":                             {outside, read, away, 1},
		"what was refused":                     {outside, submit(id), status.Error(codes.ResourceExhausted, "full"), 1},
		"what may have been done":              {outside, submit(id), status.Error(codes.DeadlineExceeded, "late"), 1},
		"what failed":                          {outside, get, status.Error(codes.Internal, "broken"), 1},
		"a call on the way, whose caller will": {onTheWay, get, away, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := answering(c.err)
				if err := c.call(c.from(t), client.Wrap(w)); status.Code(err) != status.Code(c.err) || w.attempts() != c.want {
					t.Errorf("%d attempts, then %v; want %d, then %v", w.attempts(), err, c.want, c.err)
				}
			})
		})
	}
	t.Run("and an attempt that succeeds is the last", func(t *testing.T) {
		w := &wire{answer: func(_ context.Context, attempt int) error {
			if attempt == 1 {
				return away
			}
			return nil
		}}
		if err := submit(id)(t.Context(), client.Wrap(w)); err != nil || w.attempts() != 2 {
			t.Errorf("%d attempts, then %v; want success at the second", w.attempts(), err)
		}
	})
	t.Run("and no longer than the deadline", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			w, begin := answering(away), time.Now()
			if err := get(ctx, client.Wrap(w)); err == nil || time.Since(begin) > 30*time.Millisecond {
				t.Errorf("%v after %v, want a failure in time", err, time.Since(begin))
			}
		})
	})
	t.Run("and hardly anything while all fails", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := answering(away)
			conn := client.Wrap(w)
			for range 1000 {
				_ = get(t.Context(), conn)
			}
			if n := w.attempts(); n > 1050 {
				t.Errorf("1000 calls made %d attempts, want hardly more than 1000", n)
			}
		})
	})
}

func TestAReplicaKilledUnderThirtyCallsFailsNone(t *testing.T) {
	const calls = 32
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(_ context.Context, attempt int) error {
			if attempt <= calls+calls/2 { // half of the calls are sent to the dead connection twice
				return status.Error(codes.Unavailable, "error reading from server: EOF")
			}
			return nil
		}}
		conn := client.Wrap(w)
		var all sync.WaitGroup
		for range calls {
			all.Go(func() {
				if err := get(t.Context(), conn); err != nil {
					t.Errorf("a call failed: %v", err)
				}
			})
		}
		all.Wait()
	})
}

// replica counts the calls that it answers.
type replica struct {
	villagev1.UnimplementedNeedServiceServer
	answered atomic.Int32
}

func (r *replica) GetNeed(_ context.Context, q *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	r.answered.Add(1)
	return &villagev1.Need{Name: q.GetName()}, nil
}

// serveReplica serves on the returned address until stop is called.
func serveReplica(t *testing.T, r *replica) (address string, stop func()) {
	t.Helper()
	s := servertest.New(t, server.Config{})
	villagev1.RegisterNeedServiceServer(s, r)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func TestCallsAreSpreadOverTheReplicasThatServe(t *testing.T) {
	replicas := [2]replica{}
	names := manual.NewBuilderWithScheme("replicas")
	resolver.Register(names)
	var addresses []resolver.Address
	stops := [2]func(){}
	for n := range replicas {
		address, stop := serveReplica(t, &replicas[n])
		addresses, stops[n] = append(addresses, resolver.Address{Addr: address}), stop
	}
	names.InitialState(resolver.State{Addresses: addresses})
	conn, err := client.Dial("replicas:///village", client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ctx := servertest.As(t.Context(), "u", servertest.Grant(accessv1.Grant_LEADER))

	for replicas[0].answered.Load() == 0 || replicas[1].answered.Load() == 0 { // until both are connected
		if err := get(ctx, conn); err != nil {
			t.Fatal(err)
		}
	}
	before := [2]int32{replicas[0].answered.Load(), replicas[1].answered.Load()}
	for range 100 {
		if err := get(ctx, conn); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := replicas[0].answered.Load()-before[0], replicas[1].answered.Load()-before[1]; a != 50 || b != 50 {
		t.Errorf("of 100 calls %d and %d, want 50 each", a, b)
	}
	stops[0]()
	before[0] = replicas[0].answered.Load()
	for range 100 {
		if err := get(ctx, conn); err != nil {
			t.Errorf("after one replica stopped: %v", err)
		}
	}
	if n := replicas[0].answered.Load() - before[0]; n != 0 {
		t.Errorf("the stopped replica answered %d calls", n)
	}
}

func TestAReplicaThatSaysItDoesNotServeIsSpared(t *testing.T) {
	replicas, says := [2]replica{}, [2]*health.Server{}
	names := manual.NewBuilderWithScheme("sparing")
	resolver.Register(names)
	var addresses []resolver.Address
	for n := range replicas {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := grpc.NewServer()
		says[n] = health.NewServer()
		says[n].SetServingStatus(server.Answering, grpc_health_v1.HealthCheckResponse_SERVING)
		grpc_health_v1.RegisterHealthServer(s, says[n])
		villagev1.RegisterNeedServiceServer(s, &replicas[n])
		go func() { _ = s.Serve(l) }()
		t.Cleanup(s.Stop)
		addresses = append(addresses, resolver.Address{Addr: l.Addr().String()})
	}
	names.InitialState(resolver.State{Addresses: addresses})
	conn, err := client.Dial("sparing:///village", client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	share := func() int32 { // the number of ten calls that the first replica answered
		before := replicas[0].answered.Load()
		for range 10 {
			if err := get(t.Context(), conn); err != nil {
				t.Fatal(err)
			}
		}
		return replicas[0].answered.Load() - before
	}
	until := func(want int32) { // bounded only by the time limit of the test
		for share() != want {
			runtime.Gosched()
		}
	}
	until(5)
	says[0].SetServingStatus(server.Answering, grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	until(0)
	says[0].SetServingStatus(server.Answering, grpc_health_v1.HealthCheckResponse_SERVING)
	until(5)
}

func TestATokenTravelsThroughAServiceToItsPeer(t *testing.T) {
	var seen access.Principal
	villages := servertest.Start(t, func(r grpc.ServiceRegistrar) {
		villagev1.RegisterNeedServiceServer(r, handler(func(ctx context.Context) error { seen = access.From(ctx); return nil }))
	})
	front := servertest.Start(t, func(r grpc.ServiceRegistrar) {
		villagev1.RegisterNeedServiceServer(r, handler(func(ctx context.Context) error { return get(ctx, villages) }))
	})
	if err := get(servertest.As(t.Context(), "u-17", servertest.Grant(accessv1.Grant_LEADER, "43")), front); err != nil {
		t.Fatal(err)
	}
	if seen.Subject != "u-17" || !seen.Has(accessv1.Grant_LEADER) {
		t.Errorf("the peer saw %v, want the originating caller", seen)
	}
	if err := get(t.Context(), front); status.Code(err) != codes.Unauthenticated {
		t.Errorf("without a token: %v, want UNAUTHENTICATED", err)
	}
	if e, ok := fault.From(get(t.Context(), front)); !ok || e.Reason() != "TOKEN_MISSING" {
		t.Errorf("got %v, want the reason of the refusal", e)
	}
}

// handler returns a service whose GetNeed calls do and then answers.
func handler(do func(context.Context) error) villagev1.NeedServiceServer { return doing{do: do} }

type doing struct {
	villagev1.UnimplementedNeedServiceServer
	do func(context.Context) error
}

func (d doing) GetNeed(ctx context.Context, _ *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	return &villagev1.Need{}, d.do(ctx)
}
