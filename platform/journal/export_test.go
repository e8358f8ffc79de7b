package journal

import (
	"context"
	"time"
)

// OldestStaged returns the age that Config.Staged is called with.
var OldestStaged = func(ctx context.Context, l *Log) (time.Duration, error) { return l.oldestStaged(ctx) }
