package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
)

func TestAReasonThatManyCallsShareIsLoggedOnceInAMinute(t *testing.T) {
	full := fault.Unavailable("STORAGE_FULL", time.Second, errors.New("disk full"))
	waiting := fault.Exhausted("TOO_MANY_WAITING", time.Second, "too many callers wait")
	writes := &needs{
		get: func(context.Context, *villagev1.GetNeedRequest) (*villagev1.Need, error) { return nil, full },
		verify: func(context.Context, *villagev1.VerifyNeedRequest) (*villagev1.Need, error) {
			return nil, errors.New("a fault of ours")
		},
	}
	follows := &journal{read: func(*journalv1.ReadRequest, grpc.ServerStreamingServer[journalv1.ReadResponse]) error { return waiting }}
	log := &logBook{}
	s := newServer(t, server.Config{}, logTo(log), writes.register, follows.register)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	calls := villagev1.NewNeedServiceClient(s.Conn())
	for range 747 {
		_, err := calls.GetNeed(asLeader(t.Context()), &villagev1.GetNeedRequest{Name: aNeed})
		refused := readAll(asAuditor(t.Context()), s.Conn(), &journalv1.ReadRequest{Log: "logs/org", Follow: true})
		if status.Code(err) != codes.Unavailable || status.Code(refused) != codes.ResourceExhausted {
			t.Fatalf("calls end with %v and %v", err, refused)
		}
	}
	for range 3 {
		if _, err := calls.VerifyNeed(asClerk(t.Context()), &villagev1.VerifyNeedRequest{Name: aNeed}); status.Code(err) != codes.Internal {
			t.Fatal(err)
		}
	}
	text := log.String()
	for line, want := range map[string]int{
		"reason=STORAGE_FULL": 1, "reason=TOO_MANY_WAITING": 1,
		`error="a fault of ours"`: 3, // INTERNAL errors are all logged
		"\n":                      5,
	} {
		if got := strings.Count(text, line); got != want {
			t.Errorf("%d lines with %q, want %d:\n%s", got, line, want, text)
		}
	}
}
