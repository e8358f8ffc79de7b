package report

import (
	"log/slog"
	"slices"
	"sync"

	"github.com/wancun/wancun/platform/fault"
)

// cutLogs holds the journals that do not extend what report has applied of them, with the error of each.
type cutLogs struct {
	mu    sync.Mutex
	found map[string]error
}

// note records the result of an attempt to follow a journal. It logs the first of several equal errors, and the
// recovery.
func (c *cutLogs) note(logger *slog.Logger, log string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.found[log]
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		if c.found == nil {
			c.found = map[string]error{}
		}
		c.found[log] = err
		logger.Error("a journal does not extend what report has applied of it, and is not followed; restore both from one backup", "log", log, "error", err)
	case err == nil && before != nil:
		delete(c.found, log)
		logger.Warn("the journal extends what report has applied of it, and is followed again", "log", log)
	}
}

// first returns the error of the first such journal by name, or nil if there is none.
func (c *cutLogs) first() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	logs := make([]string, 0, len(c.found))
	for log := range c.found {
		logs = append(logs, log)
	}
	if len(logs) == 0 {
		return nil
	}
	slices.Sort(logs)
	return fault.DataLoss("logs/"+logs[0], "LOG_CUT", "report does not follow logs/%s, which does not extend what it has applied of it", logs[0]).
		Because(c.found[logs[0]])
}
