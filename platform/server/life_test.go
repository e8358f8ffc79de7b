package server_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
)

// slow returns a service whose calls take a minute, unless they are cancelled.
func slow() *needs {
	return &needs{get: func(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		select {
		case <-time.After(time.Minute):
			return &villagev1.Need{Name: r.GetName()}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// callsUnderWay starts n calls of a minute each and stops the server when all have begun. It returns the number of
// answered calls, and the time from the stop to the end of the server.
func callsUnderWay(t *testing.T, c server.Config, n int) (answered int, took time.Duration) {
	t.Helper()
	c.Timeout = time.Hour
	r := run(t, newServer(t, c, nil, slow().register))
	results := make(chan error, n)
	for range n {
		go func() {
			_, err := villagev1.NewNeedServiceClient(r.conn).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
			results <- err
		}()
	}
	synctest.Wait()
	begin := time.Now()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	took = time.Since(begin)
	for range n {
		if err := <-results; err == nil {
			answered++
		}
	}
	return answered, took
}

func TestAStoppingServerAnswersTheCallsUnderWay(t *testing.T) {
	t.Run("all of them, given the time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			if answered, took := callsUnderWay(t, server.Config{DrainLimit: time.Hour}, 50); answered != 50 || took != time.Minute {
				t.Errorf("%d of 50 answered, ended after %v; want all after a minute", answered, took)
			}
		})
	})
	t.Run("and none if it is made to stop at once, so the test would notice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			if answered, _ := callsUnderWay(t, server.Config{DrainLimit: time.Nanosecond}, 50); answered != 0 {
				t.Errorf("%d of 50 answered, want none", answered)
			}
		})
	})
	t.Run("for no longer than it may", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			if _, took := callsUnderWay(t, server.Config{}, 1); took != 20*time.Second {
				t.Errorf("ended after %v, want 20 s", took)
			}
		})
	})
}

func TestServeReturnsAfterTheLastHandlerEvenIfItIsDeafToItsContext(t *testing.T) {
	var returned bool
	deaf := &needs{get: func(context.Context, *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		<-time.After(time.Minute)
		returned = true
		return &villagev1.Need{}, nil
	}}
	synctest.Test(t, func(t *testing.T) {
		r := run(t, newServer(t, server.Config{DrainLimit: time.Nanosecond}, nil, deaf.register))
		go func() {
			_, _ = villagev1.NewNeedServiceClient(r.conn).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
		}()
		synctest.Wait()
		r.stop()
		if err := <-r.ended; err != nil || !returned {
			t.Errorf("Serve = %v while the handler runs: %v", err, !returned)
		}
	})
}

func TestAStoppingServerSaysSoAndStillTakesCallsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, newServer(t, server.Config{DrainWait: 5 * time.Second}, nil, echo().register))
		health := grpc_health_v1.NewHealthClient(r.conn)
		serving := func(service string) grpc_health_v1.HealthCheckResponse_ServingStatus {
			t.Helper()
			answer, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
			if err != nil {
				t.Errorf("health of %q: %v", service, err)
			}
			return answer.GetStatus()
		}
		get := func() error {
			_, err := villagev1.NewNeedServiceClient(r.conn).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
			return err
		}
		names := []string{"", villagev1.NeedService_ServiceDesc.ServiceName, server.Live}
		for _, name := range names {
			if got := serving(name); got != grpc_health_v1.HealthCheckResponse_SERVING {
				t.Errorf("%q is %v, want SERVING", name, got)
			}
		}
		r.stop()
		synctest.Wait()
		for _, name := range names {
			want := grpc_health_v1.HealthCheckResponse_NOT_SERVING
			if name == server.Live {
				want = grpc_health_v1.HealthCheckResponse_SERVING
			}
			if got := serving(name); got != want {
				t.Errorf("while draining %q is %v, want %v", name, got, want)
			}
		}
		if err := get(); err != nil {
			t.Errorf("a call while the others learn of it: %v", err)
		}
		begin := time.Now()
		if err := <-r.ended; err != nil || time.Since(begin) != 5*time.Second {
			t.Errorf("Serve = %v after %v, want nil after 5 s", err, time.Since(begin))
		}
		if err := get(); status.Code(err) != codes.Unavailable {
			t.Errorf("a call after the end: %v, want UNAVAILABLE", err)
		}
	})
}

func TestAFollowerIsSentAwayWhenTheServerStops(t *testing.T) {
	following := &journal{read: func(r *journalv1.ReadRequest, s grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
		if err := s.Send(&journalv1.ReadResponse{}); err != nil {
			return err
		}
		if r.GetFollow() {
			<-s.Context().Done()
			return s.Context().Err()
		}
		select {
		case <-time.After(10 * time.Second):
			return nil
		case <-s.Context().Done():
			return s.Context().Err()
		}
	}}
	synctest.Test(t, func(t *testing.T) {
		book := &logBook{}
		r := run(t, newServer(t, server.Config{}, logTo(book), following.register))
		ends := func(ctx context.Context, follow bool) chan error {
			ended := make(chan error, 1)
			go func() {
				ended <- readAll(asAuditor(ctx), r.conn, &journalv1.ReadRequest{Log: "logs/org", Follow: follow})
			}()
			return ended
		}
		bounded, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		follower, export := ends(t.Context(), true), ends(bounded, false)
		synctest.Wait()
		begin := time.Now()
		r.stop()
		err := <-follower
		if e, ok := fault.From(err); !ok || e.Code() != codes.Unavailable || e.Reason() != "DRAINING" || time.Since(begin) != 0 {
			t.Errorf("the follower got %v after %v, want UNAVAILABLE DRAINING at once", err, time.Since(begin))
		}
		if err := <-export; err != nil {
			t.Errorf("a stream with a deadline got %v, want its end", err)
		}
		if err := <-r.ended; err != nil || time.Since(begin) != 10*time.Second {
			t.Errorf("Serve = %v after %v, want nil as soon as the last stream ended", err, time.Since(begin))
		}
		if log := book.String(); !strings.Contains(log, "reason=DRAINING") || strings.Contains(log, "level=WARN") {
			t.Errorf("it is logged as a failure, or not at all:\n%s", log)
		}
	})
}

func TestReflectionIsOfferedOnlyWhereItWasAskedFor(t *testing.T) {
	for _, offered := range []bool{false, true} {
		r := run(t, newServer(t, server.Config{Reflection: offered}, nil, echo().register))
		answer, err := listed(t, r.conn).Recv()
		if got := err == nil && len(answer.GetListServicesResponse().GetService()) > 0; got != offered {
			t.Errorf("Reflection %v: got %v, %v", offered, answer, err)
		}
	}
}

// listed opens a stream of the reflection service and requests the list of services.
func listed(t *testing.T, conn grpc.ClientConnInterface) grpc_reflection_v1.ServerReflection_ServerReflectionInfoClient {
	t.Helper()
	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := &grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}}
	if err := stream.Send(list); err != nil && !errors.Is(err, io.EOF) { // already refused, which Recv reports
		t.Fatal(err)
	}
	return stream
}

func TestAStreamOfReflectionKeepsItsPlaceForAMinuteAndHoldsUpNoStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, newServer(t, server.Config{Reflection: true, MaxStreams: 2}, nil, echo().register))
		begin, first := time.Now(), listed(t, r.conn)
		if _, err := first.Recv(); err != nil {
			t.Fatal(err)
		}
		if _, err := listed(t, r.conn).Recv(); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("a second stream without a token: %v, want RESOURCE_EXHAUSTED", err)
		}
		if _, err := first.Recv(); status.Code(err) != codes.DeadlineExceeded || time.Since(begin) != time.Minute {
			t.Errorf("the first ends with %v after %v, want DEADLINE_EXCEEDED after a minute", err, time.Since(begin))
		}
		last := listed(t, r.conn)
		if _, err := last.Recv(); err != nil {
			t.Errorf("a stream after it: %v", err)
		}
		stopped := time.Now()
		r.stop()
		if err := <-r.ended; err != nil || time.Since(stopped) != 0 {
			t.Errorf("Serve = %v after %v, want nil at once", err, time.Since(stopped))
		}
	})
}

func TestAnUnknownServiceIsNotServed(t *testing.T) {
	s := newServer(t, server.Config{}, nil, echo().register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		for _, method := range []string{"/wancun.village.v1.ScopeService/GetScope", "/wancun.village.v1.NeedService/DropAll"} {
			err := conn.Invoke(asLeader(t.Context()), method, &villagev1.GetNeedRequest{}, &villagev1.Need{})
			if status.Code(err) != codes.Unimplemented {
				t.Errorf("%s: %v, want UNIMPLEMENTED", method, err)
			}
		}
	})
}
