package fault_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/fault"
)

func TestATypedErrorKeepsItsMeaningAcrossTwoProcesses(t *testing.T) {
	cases := []*fault.Error{
		fault.InvalidAll([]fault.Violation{
			fault.Violated("requests[12].need.title", "EMPTY", "must not be empty"),
			{Field: "requests[13].need.title", Reason: "TOO_LONG", Description: "has 300 characters, at most 200"},
		}),
		fault.Questions([]fault.Violation{fault.Implausible(ofDelivery("quantity"), 1_000_000, 100_000)}),
		fault.NotFound("villages/433124001201"),
		fault.Aborted("needs/x", "ETAG_STALE", "changed meanwhile"),
		fault.Unavailable("STORAGE_FULL", 1500*time.Millisecond, errors.New("disk sda1 full")),
		fault.Denied("ROLE_MISSING", "needs the role auditor"),
	}
	for _, want := range cases {
		t.Run(want.Reason(), func(t *testing.T) {
			peer := answering(t, func() error { return fmt.Errorf("save need: %w", want) })
			service := answering(t, func() error { return call(t, peer) })
			got, ok := fault.From(fmt.Errorf("ask village: %w", call(t, service)))
			if !ok {
				t.Fatal("what came back is not typed")
			}
			if diff := cmp.Diff(public(want), public(got)); diff != "" {
				t.Errorf("the error lost its meaning (-sent +received):\n%s", diff)
			}
			if strings.Contains(got.Error(), "sda1") || strings.Contains(got.Error(), "save need") {
				t.Errorf("the operator's text reached another process: %v", got)
			}
		})
	}
}

// public returns everything that a caller can read from an error.
func public(e *fault.Error) []any {
	return []any{e.Code(), e.Reason(), e.Message(), e.Resource(), e.Violations(), e.RetryAfter()}
}

func TestAnUntypedErrorIsAnsweredWithoutItsText(t *testing.T) {
	secret := "dial tcp 10.2.3.4:5432: password authentication failed for user wancun"
	cases := []struct {
		name   string
		err    error
		code   codes.Code
		reason string
	}{
		{"a plain error", errors.New(secret), codes.Internal, "INTERNAL"},
		{"a caller that left", fmt.Errorf("query %s: %w", secret, context.Canceled), codes.Canceled, "CANCELLED"},
		{"a deadline", fmt.Errorf("query %s: %w", secret, context.DeadlineExceeded), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		{"a peer out of reach", status.Error(codes.Unavailable, secret), codes.Unavailable, "PEER_UNAVAILABLE"},
		{"a peer that broke", status.Error(codes.Unknown, secret), codes.Internal, "INTERNAL"},
		{"a typed error whose cause is a deadline", fault.Unavailable("DATABASE_UNAVAILABLE", 0, fmt.Errorf("%s: %w", secret, context.DeadlineExceeded)), codes.Unavailable, "DATABASE_UNAVAILABLE"},
		{"an OK status used as an error", statusError{status.New(codes.OK, secret)}, codes.Internal, "INTERNAL"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			st := fault.Status(c.err)
			e, ok := fault.From(st.Err())
			if !ok || e.Code() != c.code || e.Reason() != c.reason {
				t.Errorf("Status = %v, want %v %s", st, c.code, c.reason)
			}
			if strings.Contains(st.String(), "10.2.3.4") {
				t.Errorf("the answer shows internals: %v", st)
			}
		})
	}
	if fault.Status(nil) != nil {
		t.Error("Status(nil) is not nil")
	}
}

func TestAStrangersRefusalKeepsItsCodeAndText(t *testing.T) {
	st := fault.Status(status.Error(codes.Unimplemented, "unknown method Fly"))
	if st.Code() != codes.Unimplemented || st.Message() != "unknown method Fly" {
		t.Errorf("Status = %v", st)
	}
	if e, ok := fault.From(st.Err()); !ok || e.Reason() != "" || e.Code() != codes.Unimplemented {
		t.Errorf("From = %v, %v; want a typed error without a reason", e, ok)
	}
}

func TestErrorsThatNoServerMadeAreNotTyped(t *testing.T) {
	for _, err := range []error{nil, errors.New("plain"), context.Canceled, context.DeadlineExceeded, statusError{status.New(codes.OK, "")}, statusError{nil}} {
		if e, ok := fault.From(err); ok {
			t.Errorf("From(%v) = %v, want none", err, e)
		}
	}
}

// statusError wraps a status without a message, as some libraries do.
type statusError struct{ st *status.Status }

func (e statusError) Error() string              { return "careless" }
func (e statusError) GRPCStatus() *status.Status { return e.st }

func TestWhatTheCallerSentCannotBreakOrBloatTheAnswer(t *testing.T) {
	t.Run("a name that is not UTF-8", func(t *testing.T) {
		got, _ := fault.From(fault.NotFound("villages/\xff\x00").GRPCStatus().Err())
		if got.Reason() != "RESOURCE_NOT_FOUND" || got.Resource() != "villages/\uFFFD\x00" {
			t.Errorf("got %v about %q", got, got.Resource())
		}
	})
	t.Run("a name of a megabyte", func(t *testing.T) {
		st := fault.NotFound(strings.Repeat("村", 1<<18)).GRPCStatus()
		if n := len(st.String()); n > 1<<14 {
			t.Errorf("the status has %d bytes", n)
		}
	})
}

// answering starts a gRPC server on loopback whose only method returns the error of fail through Status, as every
// Wancun server does, and connects to it.
func answering(t *testing.T, fail func() error) grpc.ClientConnInterface {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			resp, err := handle(ctx, req)
			return resp, fault.Status(err).Err()
		}))
	healthv1.RegisterHealthServer(server, failing{fail: fail})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithMaxHeaderListSize(8<<10)) // the limit of many clients and proxies
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func call(t *testing.T, conn grpc.ClientConnInterface) error {
	_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	return err
}

type failing struct {
	healthv1.UnimplementedHealthServer
	fail func() error
}

func (f failing) Check(context.Context, *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	return nil, f.fail()
}
