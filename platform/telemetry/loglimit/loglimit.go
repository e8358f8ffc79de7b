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
	// maxKeys bounds the memory. Lines with further keys share one limit per level and message.
	maxKeys = 1000
	// suppressed is the attribute with the number of lines left out since the last line that was written.
	suppressed = "suppressed"
)

// Config defines which lines are equal.
type Config struct {
	// Interval is the time after a line in which equal lines are left out. 0 means a minute.
	Interval time.Duration
	// Keys are the attributes that distinguish lines of one level and message. An attribute in a group is written
	// GROUP.NAME. Without keys, all lines of one level and message are equal.
	Keys []string
}

// New returns a logger that writes to the handler of l. Of equal lines it writes only the first in each interval.
// Loggers derived from it share the limit. The count of lines left out is lost if no equal line follows.
func New(l *slog.Logger, c Config) *slog.Logger {
	if c.Interval == 0 {
		c.Interval = defaultInterval
	}
	return slog.New(handler{Handler: l.Handler(), limit: &limit{config: c, written: map[string]*line{}}})
}

// handler leaves out lines. It takes the time of a line from the record.
type handler struct {
	slog.Handler
	limit *limit
	group string // of the next attributes, with a trailing dot
	known string // what WithAttrs has added to the key
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

// add appends an attribute to a key if the attribute is one of Keys.
func (h handler) add(key *strings.Builder, a slog.Attr) {
	for _, name := range h.limit.config.Keys {
		if h.group+a.Key == name {
			key.WriteString("\x00" + name + "=" + a.Value.Resolve().String())
		}
	}
}

// limit is the state that a logger shares with those derived from it. It is safe for concurrent use.
type limit struct {
	config Config

	mu      sync.Mutex
	written map[string]*line
}

// line is a line that was written, and the number of equal lines left out since.
type line struct {
	at      time.Time
	skipped int64
}

// take reports whether a line may be written, and how many equal lines were left out before it. When there is no room
// for another key, the message is the key.
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

// forget removes the lines whose interval has ended.
func (l *limit) forget(now time.Time) {
	for key, last := range l.written {
		if now.Sub(last.at) >= l.config.Interval {
			delete(l.written, key)
		}
	}
}
