package rollup

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc/codes"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

func TestNotEverybodyMayWaitForPositionsThatAreFarAhead(t *testing.T) {
	s := newStore(t, servertest.Database(t))
	ahead := []*reportv1.LogPosition{{Log: "logs/action", Position: 1 << 60}}
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, maxWaiting+1)
	for range cap(ended) {
		go func() { ended <- s.Await(ctx, ahead) }()
	}
	// All others wait until they leave.
	if f, ok := fault.From(<-ended); !ok || f.Code() != codes.ResourceExhausted {
		t.Errorf("one too many is told %v, want RESOURCE_EXHAUSTED", f)
	}
	if err := s.Await(ctx, []*reportv1.LogPosition{{Log: "logs/action"}}); err != nil {
		t.Errorf("one who need not wait is told %v", err)
	}
	leave()
	for range maxWaiting {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("one who waited is told %v, want context.Canceled", err)
		}
	}
}
