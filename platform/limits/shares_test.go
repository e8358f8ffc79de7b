package limits_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/wancun/wancun/platform/limits"
)

// all takes single units for a caller until Take returns false, and returns their number.
func all(s *limits.Shares, caller string) (units int) {
	for s.Take(caller, 1) {
		units++
	}
	return units
}

func TestACallerThatTakesAllItCanLeavesTheNextOneAShare(t *testing.T) {
	s := limits.NewShares(64)
	for caller, want := range []int{32, 16, 8, 4, 2, 1} {
		if got := all(s, fmt.Sprint("u-", caller)); got != want {
			t.Errorf("caller %d takes %d of 64 units, want %d", caller, got, want)
		}
	}
}

func TestCallersWithoutATokenShareAsOne(t *testing.T) {
	s := limits.NewShares(64)
	if first, second := all(s, limits.Anonymous), all(s, limits.Anonymous); first != 32 || second != 0 {
		t.Errorf("they take %d and then %d units, want 32 and 0", first, second)
	}
	if !s.Take("u-clerk", 1) {
		t.Error("a caller with a token finds none")
	}
}

func TestAShareIsOfUnitsHoweverManyAreTakenAtOnce(t *testing.T) {
	for _, c := range []struct {
		total, first, second int64
		want                 bool
	}{
		{2, 1, 0, true}, {2, 1, 1, false}, {2, 2, 0, false}, {100, 50, 0, true}, {100, 51, 0, false}, {100, 30, 20, true}, {100, 30, 21, false},
	} {
		s := limits.NewShares(c.total)
		if got := s.Take("u", c.first) && (c.second == 0 || s.Take("u", c.second)); got != c.want {
			t.Errorf("of %d units, %d and then %d: %v, want %v", c.total, c.first, c.second, got, c.want)
		}
	}
}

func TestWhatIsReturnedCanBeTakenAgain(t *testing.T) {
	s := limits.NewShares(64)
	var taken []string
	for range 10_000 {
		caller := fmt.Sprint("u-", rand.IntN(5))
		if s.Take(caller, 1) {
			taken = append(taken, caller)
		} else {
			i := rand.IntN(len(taken))
			s.Give(taken[i], 1)
			taken[i] = taken[len(taken)-1]
			taken = taken[:len(taken)-1]
		}
	}
	for _, caller := range taken {
		s.Give(caller, 1)
	}
	if got := all(s, "u-0"); got != 32 {
		t.Errorf("after all was returned a caller takes %d units, want 32", got)
	}
}
