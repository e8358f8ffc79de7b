package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

const secret = "p4ssw0rd-of-the-database"

// answers returns a service whose answer depends on the caller's subject.
func answers() *needs {
	return &needs{
		get: func(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
			switch access.From(ctx).Subject {
			case "plain":
				return nil, errors.New("open " + secret)
			case "typed":
				return nil, fmt.Errorf("load need: %w", fault.Precondition(r.GetName(), "NEED_CLOSED", "the need is closed").Because(errors.New(secret)))
			case "panic":
				panic(secret)
			case "peer":
				return nil, status.Error(codes.Unavailable, "connection refused by "+secret)
			}
			return &villagev1.Need{Name: r.GetName()}, nil
		},
		verify: func(context.Context, *villagev1.VerifyNeedRequest) (*villagev1.Need, error) {
			return &villagev1.Need{}, nil
		},
	}
}

func stream() *journal {
	return &journal{read: func(r *journalv1.ReadRequest, s grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
		if err := s.Send(&journalv1.ReadResponse{}); err != nil {
			return err
		}
		switch r.GetResource() {
		case "panic":
			panic(secret)
		case "plain":
			return errors.New(secret)
		case "typed":
			return fault.OutOfRange("after", "AFTER_HEAD", "is after the head")
		}
		return nil
	}}
}

func TestACallIsAnsweredTheSameInTheProcessAndOverTheNetwork(t *testing.T) {
	log := &logBook{}
	s := newServer(t, server.Config{}, logTo(log), answers().register, stream().register)
	as := func(subject string) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context {
			return servertest.As(ctx, subject, servertest.Grant(accessv1.Grant_LEADER))
		}
	}
	anonymous := func(ctx context.Context) context.Context { return ctx }
	get := func(name string) func(context.Context, grpc.ClientConnInterface) error {
		return func(ctx context.Context, conn grpc.ClientConnInterface) error {
			need, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: name})
			if err == nil && need.GetName() != name {
				t.Errorf("GetNeed(%q) = %v", name, need)
			}
			return err
		}
	}
	verify := func(name string) func(context.Context, grpc.ClientConnInterface) error {
		return func(ctx context.Context, conn grpc.ClientConnInterface) error {
			_, err := villagev1.NewNeedServiceClient(conn).VerifyNeed(ctx, &villagev1.VerifyNeedRequest{Name: name})
			return err
		}
	}
	read := func(r *journalv1.ReadRequest) func(context.Context, grpc.ClientConnInterface) error {
		return func(ctx context.Context, conn grpc.ClientConnInterface) error {
			return readAll(ctx, conn, r)
		}
	}
	elsewhere := strings.Replace(aNeed, "433124", "430124", 1)
	cases := []struct {
		name string
		as   func(context.Context) context.Context
		call func(context.Context, grpc.ClientConnInterface) error
		want codes.Code
	}{
		{"an answer", as("u"), get(aNeed), codes.OK},
		{"no token", anonymous, get(aNeed), codes.Unauthenticated},
		{"no role", as("u"), verify(aNeed), codes.PermissionDenied},
		{"another county", asClerk, verify(elsewhere), codes.NotFound},
		{"a wrong name", as("u"), get("needs/1"), codes.InvalidArgument},
		{"policy before validation", anonymous, get("needs/1"), codes.Unauthenticated},
		{"a typed error", as("typed"), get(aNeed), codes.FailedPrecondition},
		{"a plain error", as("plain"), get(aNeed), codes.Internal},
		{"a peer's transport error", as("peer"), get(aNeed), codes.Unavailable},
		{"a panic", as("panic"), get(aNeed), codes.Internal},
		{"a method that is not implemented", asClerk, func(ctx context.Context, conn grpc.ClientConnInterface) error {
			_, err := villagev1.NewNeedServiceClient(conn).ReturnNeed(ctx, &villagev1.ReturnNeedRequest{Name: aNeed, Reason: "x"})
			return err
		}, codes.Unimplemented},
		{"a stream", asAuditor, read(&journalv1.ReadRequest{Log: "logs/org"}), codes.OK},
		{"a stream without a token", anonymous, read(&journalv1.ReadRequest{Log: "logs/org"}), codes.Unauthenticated},
		{"a stream without the role", as("u"), read(&journalv1.ReadRequest{Log: "logs/org"}), codes.PermissionDenied},
		{"a stream with a wrong request", asAuditor, read(&journalv1.ReadRequest{Log: "x", After: -1}), codes.InvalidArgument},
		{"a stream that panics", asAuditor, read(&journalv1.ReadRequest{Log: "logs/org", Resource: "panic"}), codes.Internal},
		{"a stream that fails", asAuditor, read(&journalv1.ReadRequest{Log: "logs/org", Resource: "plain"}), codes.Internal},
		{"a stream that refuses", asAuditor, read(&journalv1.ReadRequest{Log: "logs/org", Resource: "typed"}), codes.OutOfRange},
	}
	answered := map[string]*spb.Status{}
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				got := status.Convert(c.call(c.as(t.Context()), conn))
				if got.Code() != c.want {
					t.Errorf("got %v, want %v", got, c.want)
				}
				if strings.Contains(fmt.Sprint(got.Proto()), secret) {
					t.Errorf("the answer shows the secret: %v", got.Proto())
				}
				if other, ok := answered[c.name]; ok {
					if diff := cmp.Diff(other, got.Proto(), protocmp.Transform()); diff != "" {
						t.Errorf("in the process (-) and over the network (+) differ:\n%s", diff)
					}
				}
				answered[c.name] = got.Proto()
			})
		}
	})
	t.Run("the log has the cause and the stack, and nothing of a refused request", func(t *testing.T) {
		text := log.String()
		for _, want := range []string{"panic: " + secret, "answers.func1", "open " + secret, "reason=NEED_CLOSED", "code=Unauthenticated"} {
			if !strings.Contains(text, want) {
				t.Errorf("the log does not say %q", want)
			}
		}
		if strings.Contains(text, elsewhere) {
			t.Error("the log repeats what a refused caller sent")
		}
	})
}

func readAll(ctx context.Context, conn grpc.ClientConnInterface, r *journalv1.ReadRequest) error {
	s, err := journalv1.NewJournalServiceClient(conn).Read(ctx, r)
	for err == nil {
		_, err = s.Recv()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func TestAStreamThatIsRefusedBeforeItsRequestArrivesSaysWhy(t *testing.T) {
	s := newServer(t, server.Config{}, nil, stream().register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		for range 300 { // the refusal and the request race
			stream, err := journalv1.NewJournalServiceClient(conn).Read(t.Context(), &journalv1.ReadRequest{Log: "logs/org"})
			if err != nil {
				t.Fatalf("opening the stream: %v", err)
			}
			if _, err := stream.Recv(); status.Code(err) != codes.Unauthenticated {
				t.Fatalf("receiving: %v, want UNAUTHENTICATED", err)
			}
		}
	})
}

func TestAViolationNamesItsField(t *testing.T) {
	s := newServer(t, server.Config{}, nil, echo().register, stream().register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		for name, c := range map[string]struct {
			call func() error
			want []string
		}{
			"of a unary call": {func() error {
				_, err := villagev1.NewNeedServiceClient(conn).BatchCreateNeeds(asClerk(t.Context()), &villagev1.BatchCreateNeedsRequest{
					Parent: "villages/-", RequestId: "1", Requests: []*villagev1.CreateNeedRequest{{Parent: village, Need: &villagev1.Need{Category: "A"}}},
				})
				return err
			}, []string{
				"requests[0].need.category STRING_CATEGORY_ID", "requests[0].need.quantity INT64_GT_LTE", "requests[0].need.unit STRING_UNIT_ID",
				"requests[0].need.survey_date REQUIRED", "request_id STRING_UUID",
			}},
			"of a stream": {func() error {
				return readAll(asAuditor(t.Context()), conn, &journalv1.ReadRequest{Log: "x", After: -1})
			}, []string{
				"log STRING_LOG_NAME", "after INT64_GTE",
			}},
		} {
			t.Run(name, func(t *testing.T) {
				var got []string
				for _, d := range status.Convert(c.call()).Details() {
					if bad, ok := d.(*errdetails.BadRequest); ok {
						for _, v := range bad.GetFieldViolations() {
							got = append(got, v.GetField()+" "+v.GetReason())
						}
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("violations (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestAUnaryCallHasADeadlineThatIsWorthBeginningFor(t *testing.T) {
	waiting := &needs{get: func(ctx context.Context, _ *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for _, c := range []struct {
		name   string
		config server.Config
		given  time.Duration // none if 0
		want   time.Duration
	}{
		{"one is given to a call without", server.Config{}, 0, 10 * time.Second},
		{"as configured", server.Config{Timeout: time.Minute}, 0, time.Minute},
		{"the caller's own stays", server.Config{}, 3 * time.Minute, 3 * time.Minute},
		{"too little left is refused at once", server.Config{}, 4 * time.Millisecond, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, c.config, nil, waiting.register)
				if err := s.Start(); err != nil {
					t.Fatal(err)
				}
				ctx := asLeader(t.Context())
				if c.given != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.given)
					defer cancel()
				}
				begin := time.Now()
				_, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
				if took := time.Since(begin); status.Code(err) != codes.DeadlineExceeded || took != c.want {
					t.Errorf("%v after %v, want DEADLINE_EXCEEDED after %v", err, took, c.want)
				}
			})
		})
	}
}

func TestACallBeyondTheLimitIsRefusedAtOnceWithATimeToRetry(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	busy := &needs{get: func(context.Context, *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		entered <- struct{}{}
		<-release
		return &villagev1.Need{}, nil
	}}
	following := &journal{read: func(_ *journalv1.ReadRequest, s grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
		if err := s.Send(&journalv1.ReadResponse{}); err != nil {
			return err
		}
		<-s.Context().Done()
		return s.Context().Err()
	}}
	s := newServer(t, server.Config{MaxCalls: 2, MaxStreams: 2}, nil, busy.register, following.register)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	get := func() error {
		_, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
		return err
	}
	overloaded := func(err error) {
		t.Helper()
		if e, ok := fault.From(err); !ok || e.Code() != codes.ResourceExhausted || e.RetryAfter() != time.Second {
			t.Errorf("got %v, want RESOURCE_EXHAUSTED and to come back in a second", err)
		}
	}

	first := make(chan error)
	go func() { first <- get() }()
	<-entered
	overloaded(get())
	stream, err := journalv1.NewJournalServiceClient(s.Conn()).Read(asAuditor(t.Context()), &journalv1.ReadRequest{Log: "logs/org", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil { // streams and calls have separate limits
		t.Fatal(err)
	}
	overloaded(readAll(asAuditor(t.Context()), s.Conn(), &journalv1.ReadRequest{Log: "logs/org"}))
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	go func() { <-entered }()
	if err := get(); err != nil {
		t.Errorf("a call after it: %v", err)
	}
}

func TestACallerThatTakesAllItsPlacesLeavesSomeToOthers(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	busy := &needs{get: func(context.Context, *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		entered <- struct{}{}
		<-release
		return &villagev1.Need{}, nil
	}}
	s := newServer(t, server.Config{MaxCalls: 64}, nil, busy.register)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	get := func(ctx context.Context) error {
		_, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
		return err
	}
	ended := make(chan error, 65)
	for range 64 {
		go func() { ended <- get(asLeader(t.Context())) }()
	}
	for range 32 {
		<-entered
	}
	for range 32 {
		if err := <-ended; status.Code(err) != codes.ResourceExhausted {
			t.Errorf("a call beyond the caller's share: %v, want RESOURCE_EXHAUSTED", err)
		}
	}
	go func() { ended <- get(asClerk(t.Context())) }()
	<-entered // another caller is served meanwhile
	close(release)
	for range 33 {
		if err := <-ended; err != nil {
			t.Errorf("a call within the share: %v", err)
		}
	}
}

func TestACallUnderWayIsNotRefusedTheCallsThatItMakesInside(t *testing.T) {
	var s *server.Server
	depth := 0
	nested := &needs{get: func(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		if depth++; depth == 3 {
			return &villagev1.Need{}, nil
		}
		return villagev1.NewNeedServiceClient(s.Conn()).GetNeed(asLeader(ctx), r)
	}}
	s = newServer(t, server.Config{MaxCalls: 2}, nil, nested.register) // one caller has one place
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed}); err != nil || depth != 3 {
		t.Errorf("a call that calls %d deep: %v", depth, err)
	}
}
