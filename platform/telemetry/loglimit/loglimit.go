package loglimit

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	defaultInterval = time.Minute
	// maxKeys bounds the memory. Lines of further keys share the limit of their message.
	maxKeys = 1000
	// suppressed is the attribute with the number of lines left out since the last one that was written.
	suppressed = "suppressed"
)

// Config says which lines are the same.
type Config struct {
	// Interval is the time after a line in which the same line is left out. 0 means a minute.
	Interval time.Duration
	// Keys are the attributes that tell lines of one level and message apart; those in a group as GROUP.NAME. None: lines
	// of the same level and message are the same.
	Keys []string
}

// New returns a logger that writes to the handler of l, and of lines that are the same only the first in each interval.
// Loggers derived from it share the limit. The count of lines left out is lost if the same line does not come again.
func New(l *slog.Logger, c Config) *slog.Logger {
	if c.Interval == 0 {
		c.Interval = defaultInterval
	}
	return slog.New(handler{Handler: l.Handler(), limit: &limit{config: c, written: map[string]*line{}}})
}

// handler leaves lines out. The time of a line is that of its record.
type handler struct {
	slog.Handler
	limit *limit
	group string // of the attributes to come, with a dot at its end
	known string // what With has added to the key
}

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	var own strings.Builder
	r.Attrs(func(a slog.Attr) bool {
		h.add(&own, a)
		return true
	})
	of := r.Level.String() + "\x00" + r.Message
	skipped, due := h.limit.take(r.Time, of, of+h.known+own.String())
	if !due {
		return nil
	}
	if skipped > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int64(suppressed, skipped))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var known strings.Builder
	for _, a := range attrs {
		h.add(&known, a)
	}
	h.known += known.String()
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(name string) slog.Handler {
	if name != "" {
		h.group += name + "."
	}
	h.Handler = h.Handler.WithGroup(name)
	return h
}

// add adds an attribute to a key if it is one of those that tell lines apart.
func (h handler) add(key *strings.Builder, a slog.Attr) {
	for _, name := range h.limit.config.Keys {
		if h.group+a.Key == name {
			key.WriteString("\x00" + name + "=" + a.Value.Resolve().String())
		}
	}
}

// limit is what the loggers derived from one have in common. It is safe for concurrent use.
type limit struct {
	config Config

	mu      sync.Mutex
	written map[string]*line
}

// line is a line that was written.
type line struct {
	at      time.Time
	skipped int64
}

// take reports whether a line may be written, and how many like it were left out before. The message is the key of a line
// for which there is no place.
func (l *limit) take(now time.Time, message, key string) (skipped int64, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.written[key]; !ok && len(l.written) >= maxKeys {
		l.forget(now)
		if len(l.written) >= maxKeys {
			key = message
		}
	}
	last, ok := l.written[key]
	if ok && now.Sub(last.at) < l.config.Interval {
		last.skipped++
		return 0, false
	}
	l.written[key] = &line{at: now}
	if !ok {
		return 0, true
	}
	return last.skipped, true
}

// forget removes the lines whose interval is over.
func (l *limit) forget(now time.Time) {
	for key, last := range l.written {
		if now.Sub(last.at) >= l.config.Interval {
			delete(l.written, key)
		}
	}
}
