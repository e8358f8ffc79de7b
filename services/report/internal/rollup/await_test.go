package rollup

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

// endingAt is the journal of a service whose log ends at this position.
type endingAt struct {
	journalv1.JournalServiceClient
	position int64
}

func (e endingAt) GetCheckpoint(context.Context, *journalv1.GetCheckpointRequest, ...grpc.CallOption) (*journalv1.Checkpoint, error) {
	return &journalv1.Checkpoint{Size: e.position}, nil
}

// newWaiter returns a waiter for an empty store. The log of action ends at a position, the other logs are empty.
func newWaiter(t *testing.T, end int64) *Waiter {
	t.Helper()
	return NewWaiter(newStore(t, servertest.Database(t)), map[string]journalv1.JournalServiceClient{
		Org: endingAt{}, Village: endingAt{}, Action: endingAt{position: end},
	})
}

func of(log string, position int64) []*reportv1.LogPosition {
	return []*reportv1.LogPosition{{Log: log, Position: position}}
}

func TestAwaitReturnsWhenThePositionIsApplied(t *testing.T) {
	w := newWaiter(t, 11)
	arrived := make(chan error, 1)
	go func() { arrived <- w.Await(t.Context(), of("logs/action", 10)) }()
	if err := w.store.Apply(t.Context(), Action, newHistory(3).write(t, 10), nil); err != nil {
		t.Fatal(err)
	}
	if err := <-arrived; err != nil {
		t.Errorf("Await = %v", err)
	}
	t.Run("and gives up with its caller", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.Await(ctx, of("logs/action", 11)); !errors.Is(err, context.Canceled) {
			t.Errorf("Await = %v, want context.Canceled", err)
		}
	})
}

func TestAPositionThatDoesNotExistIsRefusedAtOnceAndNamed(t *testing.T) {
	w := newWaiter(t, 10)
	for name, c := range map[string]struct {
		wanted []*reportv1.LogPosition
		code   codes.Code
		reason string
		field  string
		words  string
	}{
		"of no log": {
			of("logs/moon", 1), codes.InvalidArgument, "UNKNOWN_LOG", "at_least[0]", "is not a log that report follows",
		},
		"beyond the end": {
			of("logs/action", 11), codes.OutOfRange, "BEYOND_LOG", "at_least[0]", "is beyond the end of logs/action, whose last entry is 10",
		},
		"beyond the end of an empty log, as the second": {
			append(of("logs/action", 0), of("logs/org", 1)...), codes.OutOfRange, "BEYOND_LOG", "at_least[1]",
			"is beyond the end of logs/org, whose last entry is 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, ok := fault.From(w.Await(t.Context(), c.wanted))
			if !ok || f.Code() != c.code || f.Reason() != c.reason || len(f.Violations()) != 1 {
				t.Fatalf("Await = %v, want %v %s", f, c.code, c.reason)
			}
			if v := f.Violations()[0]; v.Field != c.field || v.Description != c.words {
				t.Errorf("%s %s, want %s %s", v.Field, v.Description, c.field, c.words)
			}
		})
	}
}

func TestCallersWithoutATokenLeaveWaitingPlacesToOthers(t *testing.T) {
	w := newWaiter(t, 1)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, maxWaiting)
	for range maxWaiting {
		go func() { ended <- w.Await(ctx, of("logs/action", 1)) }()
	}
	for range maxWaiting / 2 { // the others wait until ctx ends
		if f, ok := fault.From(<-ended); !ok || f.Code() != codes.ResourceExhausted {
			t.Errorf("one too many: %v, want RESOURCE_EXHAUSTED", f)
		}
	}
	if err := w.Await(ctx, of("logs/action", 0)); err != nil {
		t.Errorf("a caller that need not wait: %v", err)
	}
	clerk := make(chan error, 1)
	waiting, leaveToo := context.WithCancel(servertest.As(t.Context(), "u-clerk", servertest.Grant(accessv1.Grant_LEADER)))
	go func() { clerk <- w.Await(waiting, of("logs/action", 1)) }()
	leaveToo()
	if err := <-clerk; !errors.Is(err, context.Canceled) {
		t.Errorf("a caller with a token: %v, want that it waits until it leaves", err)
	}
	leave()
	for range maxWaiting / 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("one that waited: %v, want context.Canceled", err)
		}
	}
}
