package signin

import (
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

const (
	// A name may fail ten times, and then once in half a minute. An address, which an office may share, may fail more.
	nameBurst, addressBurst = 10, 50
	nameEvery, addressEvery = 30 * time.Second, 5 * time.Second
	// attemptsKept bounds the memory of the counters; a counter that is not used is full again after nameBurst*nameEvery.
	attemptsKept = 100_000
)

// attempts slows down guesses. It counts failures in this process, by sign-in name and by network address. It never locks
// a name: the owner of an account gets its turn after the wait.
type attempts struct {
	clock   func() time.Time
	counted *otter.Cache[string, *rate.Limiter]
}

func newAttempts(clock func() time.Time) (*attempts, error) {
	counted, err := otter.New(&otter.Options[string, *rate.Limiter]{
		MaximumSize: attemptsKept, ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](nameBurst * nameEvery),
		Clock: recent.Clock(clock),
	})
	if err != nil {
		return nil, err
	}
	return &attempts{clock, counted}, nil
}

// begin counts an attempt as a failure before it is made, so that attempts at the same time are all counted. The
// attempt that succeeds calls the returned function. An empty name or address is not counted.
func (a *attempts) begin(name, address string) (succeeded func(), err error) {
	now := a.clock()
	var made []*rate.Reservation
	undo := func() {
		for _, r := range made {
			r.CancelAt(now)
		}
	}
	for _, of := range []struct {
		key   string
		burst int
		every time.Duration
	}{{"name:" + name, nameBurst, nameEvery}, {"address:" + address, addressBurst, addressEvery}} {
		if of.key == "name:" || of.key == "address:" {
			continue
		}
		limiter, _ := a.counted.ComputeIfAbsent(of.key, func() (*rate.Limiter, bool) {
			return rate.NewLimiter(rate.Every(of.every), of.burst), false
		})
		r := limiter.ReserveN(now, 1)
		made = append(made, r)
		if wait := r.DelayFrom(now); wait > 0 {
			undo()
			return nil, fault.Exhausted("TOO_MANY_ATTEMPTS", wait, "there were too many attempts; wait and try again")
		}
	}
	return undo, nil
}
