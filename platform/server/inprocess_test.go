package server_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/server"
)

type privateKey struct{}

func TestAHandlerGetsItsCallersDeadlineAndMetadataAndNothingElse(t *testing.T) {
	at := time.Now().Add(time.Minute)
	n := &needs{get: func(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		if got, ok := ctx.Deadline(); !ok || got.Sub(at).Abs() > 100*time.Millisecond { // the network rounds the deadline, and clients keep a part of it back
			t.Errorf("deadline = %v, %v, want %v", got, ok, at)
		}
		if got := metadata.ValueFromIncomingContext(ctx, "sent"); len(got) != 1 || got[0] != "along" {
			t.Errorf("incoming metadata = %v, want what was sent along", got)
		}
		if md, ok := metadata.FromOutgoingContext(ctx); ok {
			t.Errorf("the handler would send on %v", md)
		}
		if v := ctx.Value(privateKey{}); v != nil {
			t.Errorf("the handler sees the caller's %v", v)
		}
		return &villagev1.Need{Name: r.GetName()}, nil
	}}
	s := newServer(t, server.Config{}, nil, n.register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		ctx, cancel := context.WithDeadline(context.WithValue(asLeader(t.Context()), privateKey{}, "secret"), at)
		defer cancel()
		ctx = metadata.AppendToOutgoingContext(ctx, "sent", "along")
		if _, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed}); err != nil {
			t.Error(err)
		}
	})
}

func TestAHandlerEndsWithItsCaller(t *testing.T) {
	entered, ended := make(chan struct{}), make(chan error, 1)
	n := &needs{get: func(ctx context.Context, _ *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		entered <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}}
	bothWays(t, newServer(t, server.Config{}, nil, n.register), func(t *testing.T, conn grpc.ClientConnInterface) {
		ctx, cancel := context.WithCancel(asLeader(t.Context()))
		go func() {
			<-entered
			cancel()
		}()
		_, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
		if inside := <-ended; status.Code(err) != codes.Canceled || inside != context.Canceled { //nolint:errorlint // a context's error is itself
			t.Errorf("the caller got %v and the handler %v, want that both were cancelled", err, inside)
		}
	})
}

func TestAnAnswerThatComesTooLateIsNone(t *testing.T) {
	var leave context.CancelFunc
	deaf := &needs{get: func(_ context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		leave() // the caller leaves, and the handler continues
		return &villagev1.Need{Name: r.GetName()}, nil
	}}
	s := newServer(t, server.Config{}, nil, deaf.register)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(asLeader(t.Context()))
	leave = cancel
	need, err := villagev1.NewNeedServiceClient(s.Conn()).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
	if status.Code(err) != codes.Canceled {
		t.Errorf("GetNeed = %v, %v, want CANCELLED", need, err)
	}
}

func TestHeadersAndTrailersReachTheCaller(t *testing.T) {
	n := &needs{get: func(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		for _, step := range []error{
			grpc.SetHeader(ctx, metadata.Pairs("h", "1")), grpc.SetHeader(ctx, metadata.Pairs("h", "2")),
			grpc.SetTrailer(ctx, metadata.Pairs("t", "1")), grpc.SendHeader(ctx, metadata.Pairs("h", "3")),
		} {
			if step != nil {
				t.Error(step)
			}
		}
		if err := grpc.SetHeader(ctx, metadata.Pairs("h", "4")); err == nil {
			t.Error("a header may be set after they were sent")
		}
		return &villagev1.Need{Name: r.GetName()}, nil
	}}
	bothWays(t, newServer(t, server.Config{}, nil, n.register), func(t *testing.T, conn grpc.ClientConnInterface) {
		var header, trailer metadata.MD
		_, err := villagev1.NewNeedServiceClient(conn).GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed},
			grpc.Header(&header), grpc.Trailer(&trailer))
		if err != nil {
			t.Fatal(err)
		}
		if h, tr := header.Get("h"), trailer.Get("t"); len(h) != 3 || h[0] != "1" || h[2] != "3" || len(tr) != 1 {
			t.Errorf("headers %v and trailers %v, want 1, 2, 3 and 1", h, tr)
		}
	})
}
