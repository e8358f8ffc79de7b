package limits

import (
	"math"
	"runtime/debug"
	"time"

	"github.com/wancun/wancun/platform/fault"
)

// The reasons of a request that finds no memory now, of one that never would, and of one that is larger than its method takes.
const (
	ReasonMemory   = "REQUEST_MEMORY"
	ReasonTooLarge = "REQUEST_TOO_LARGE"
	ReasonMessage  = "MESSAGE_TOO_LARGE"
)

// Memory is the budget of bytes that the requests in flight of a process may take together, divided between callers as
// [Shares] are. It counts estimates: what a request takes as it was sent, and what it takes once it is decoded.
type Memory struct {
	total  int64
	shares *Shares
}

// NewMemory returns a budget of so many bytes; 0 means [DefaultMemory].
func NewMemory(total int64) *Memory {
	if total == 0 {
		total = DefaultMemory()
	}
	return &Memory{total, NewShares(total)}
}

// The least and the most of the default budget. The most is what one import of the largest size needs, twice.
const (
	leastMemory = 32 << 20
	mostMemory  = 192 << 20
)

// DefaultMemory is a quarter of the runtime's memory limit, at least 32 MiB and at most 192 MiB.
func DefaultMemory() int64 {
	limit := debug.SetMemoryLimit(-1) // below 0 it only reports
	if limit == math.MaxInt64 {
		return mostMemory
	}
	return min(max(limit/4, leastMemory), mostMemory)
}

// Hold is what one request has taken of the budget. It is for one goroutine at a time.
type Hold struct {
	memory *Memory
	caller string
	bytes  int64
}

// Hold begins a request of a caller, named by its subject or [Anonymous]. The request returns what it takes by Give.
func (m *Memory) Hold(caller string) *Hold { return &Hold{memory: m, caller: caller} }

// Take takes more bytes. The error is RESOURCE_EXHAUSTED: with an advice to try again if the other requests of the process
// hold the budget, without one if the request is too large for it.
func (h *Hold) Take(bytes int64) error {
	if h.bytes+bytes > h.memory.total/2 {
		return fault.Exhausted(ReasonTooLarge, 0,
			"the request takes more memory than this server gives to one request: send it in several parts")
	}
	if !h.memory.shares.Take(h.caller, bytes) {
		return fault.Exhausted(ReasonMemory, time.Second,
			"the requests under way hold the memory that this server has for them, please try again")
	}
	h.bytes += bytes
	return nil
}

// Give returns all that the request took.
func (h *Hold) Give() {
	h.memory.shares.Give(h.caller, h.bytes)
	h.bytes = 0
}
