package limits

import "sync"

// Anonymous is the one name of all callers without a token. They share as one caller does, because a name that costs
// nothing would be worth any number of shares.
const Anonymous = ""

// Shares is a number of units that callers hold for a while: places, or bytes. It is safe for concurrent use.
type Shares struct {
	mu   sync.Mutex
	free int64
	held map[string]int64
}

// NewShares returns shares of total units, at least two: of one, no caller could leave as much as it takes.
func NewShares(total int64) *Shares { return &Shares{free: total, held: map[string]int64{}} }

// Take gives n units to a caller, named by its subject or [Anonymous], and reports whether it did: it refuses at once if
// the caller would then hold more than is left. The caller returns the units by Give.
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

// Give returns n units that the caller took.
func (s *Shares) Give(caller string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	if s.held[caller] -= n; s.held[caller] == 0 {
		delete(s.held, caller)
	}
}
