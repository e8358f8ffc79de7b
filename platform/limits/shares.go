package limits

import "sync"

// Anonymous is the caller's name of all requests without a token. They share one name, because a client that could
// choose a name at no cost could take any number of shares.
const Anonymous = ""

// Shares is a number of units (places or bytes) that callers hold for a while. It is safe for concurrent use.
type Shares struct {
	mu   sync.Mutex
	free int64
	held map[string]int64
}

// NewShares returns total units. total must be at least two: a caller can only take a unit if another unit remains
// free.
func NewShares(total int64) *Shares { return &Shares{free: total, held: map[string]int64{}} }

// Take gives n units to a caller, named by its subject or [Anonymous]. It returns false at once if the caller would
// then hold more than is left. Give returns the units.
func (s *Shares) Take(caller string, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[caller]+n > s.free-n {
		return false
	}
	s.free -= n
	s.held[caller] += n
	return true
}

// Give returns n units that the caller has taken.
func (s *Shares) Give(caller string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	if s.held[caller] -= n; s.held[caller] == 0 {
		delete(s.held, caller)
	}
}
