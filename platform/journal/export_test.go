package journal

import (
	"context"
	"time"
)

// OldestStaged is what Config.Staged is told every few seconds.
var OldestStaged = func(ctx context.Context, l *Log) (time.Duration, error) { return l.oldestStaged(ctx) }
