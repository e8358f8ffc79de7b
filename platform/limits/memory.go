package limits

import (
	"math"
	"runtime/debug"
	"time"

	"github.com/wancun/wancun/platform/fault"
)

// Reasons of refused requests: no memory is free now; the request is too large for the budget; the request is larger
// than its method allows.
const (
	ReasonMemory   = "REQUEST_MEMORY"
	ReasonTooLarge = "REQUEST_TOO_LARGE"
	ReasonMessage  = "MESSAGE_TOO_LARGE"
)

// Memory is the number of bytes that the requests in flight of a process may take together. It is divided between
// callers by [Shares]. It counts estimates: the encoded size of a request, and its size once it is decoded.
type Memory struct {
	total  int64
	shares *Shares
}

// NewMemory returns a budget of total bytes; 0 means [DefaultMemory].
func NewMemory(total int64) *Memory {
	if total == 0 {
		total = DefaultMemory()
	}
	return &Memory{total, NewShares(total)}
}

// The least and the most of the default budget. The most is twice what an import of the largest size needs.
const (
	leastMemory = 32 << 20
	mostMemory  = 192 << 20
)

// DefaultMemory returns a quarter of the runtime's memory limit, at least 32 MiB and at most 192 MiB, or 192 MiB
// without a limit.
func DefaultMemory() int64 {
	limit := debug.SetMemoryLimit(-1) // a negative value only reads the limit
	if limit == math.MaxInt64 {
		return mostMemory
	}
	return min(max(limit/4, leastMemory), mostMemory)
}

// Hold is what one request has taken of the budget. It must be used by one goroutine at a time.
type Hold struct {
	memory *Memory
	caller string
	bytes  int64
}

// Hold returns an empty Hold for a request of a caller, named by its subject or [Anonymous]. Give returns what the
// request takes.
func (m *Memory) Hold(caller string) *Hold { return &Hold{memory: m, caller: caller} }

// Take takes more bytes. Its error is RESOURCE_EXHAUSTED: with a time to retry after if other requests of the process
// hold the budget, without one if the request is too large for the budget.
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

// Give returns everything that the request took.
func (h *Hold) Give() {
	h.memory.shares.Give(h.caller, h.bytes)
	h.bytes = 0
}
