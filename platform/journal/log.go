package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Config configures a Log. All fields but KeepRequests, Numbered and Staged are required.
type Config struct {
	// Log names the log: "org" is served as `logs/org`. It has 1 to 32 lower-case letters.
	Log string
	// Origin is the first line of every checkpoint and the name of the key that signs it. It must be globally unique
	// and must never change while the log exists.
	Origin string
	// DB holds the journal's tables; see [Migrate]. The Log does not close it.
	DB *database.DB
	// Signer signs checkpoints; its name is Origin. Every process that shares DB needs the same key. The key must never
	// change while the log exists.
	Signer note.Signer
	// Clock returns the time of checkpoints and decides when request ids expire.
	Clock func() time.Time
	// KeepRequests is how long a request id is remembered; 0 means 7 days.
	KeepRequests time.Duration
	// Logger records when numbering fails and when it works again.
	Logger *slog.Logger
	// Numbered is called after each batch that this process numbered, with the last position, the number of entries,
	// and the time since the first of them was written. Nil disables the callback.
	Numbered func(ctx context.Context, position int64, entries int, oldest time.Duration)
	// Staged is called every few seconds with the time since the oldest entry was written that no process has numbered
	// yet; zero if there is none. Nil disables the callback.
	Staged func(ctx context.Context, oldest time.Duration)
}

// Log is the journal of one service in one process. It is safe for concurrent use.
type Log struct {
	name     string
	origin   string
	db       *database.DB
	signer   note.Signer
	now      func() time.Time
	keep     time.Duration
	logger   *slog.Logger
	numbered func(ctx context.Context, position int64, entries int, oldest time.Duration)
	staged   func(ctx context.Context, oldest time.Duration)
	channel  string // on which the numbering step notifies other processes

	wake    chan struct{} // holds a token if there may be something to number
	stop    context.CancelFunc
	stopped chan struct{}
	last    signed // used by the numbering loop only

	mu    sync.Mutex
	next  *pass         // the pass that has not begun, which Sync waits for
	size  int64         // the largest size seen
	grown chan struct{} // closed and replaced when size grows
}

const keepRequests = 7 * 24 * time.Hour

// Open opens the journal in c.DB, initializes it if it is empty, and numbers staged entries until Close. It refuses a
// key other than the one that has signed the log so far, because such a log could not be verified with one key.
func Open(ctx context.Context, c Config) (*Log, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if c.KeepRequests == 0 {
		c.KeepRequests = keepRequests
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Log{
		name: c.Log, origin: c.Origin, db: c.DB, signer: c.Signer, now: c.Clock, keep: c.KeepRequests,
		logger:   c.Logger.With("log", c.Log),
		numbered: c.Numbered,
		staged:   c.Staged,
		channel:  "journal_" + c.Log,
		wake:     make(chan struct{}, 1),
		stop:     stop,
		stopped:  make(chan struct{}),
		next:     newPass(),
		grown:    make(chan struct{}),
	}
	if err := l.found(ctx); err != nil {
		stop()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := l.db.Listen(running, l.channel, l.notified); err != nil {
		stop()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	go l.run(running)
	return l, nil
}

// check returns an error that names what is missing or invalid.
func (c Config) check() error {
	switch {
	case c.Log == "" || len(c.Log) > 32 || strings.Trim(c.Log, "abcdefghijklmnopqrstuvwxyz") != "":
		return fmt.Errorf("the name %q is not 1 to 32 lower-case letters", c.Log)
	case c.Origin == "":
		return errors.New("the origin is missing")
	case c.DB == nil:
		return errors.New("the database is missing")
	case c.Signer == nil:
		return errors.New("the signer is missing")
	case c.Signer.Name() != c.Origin:
		return fmt.Errorf("the signer's key is named %q, not as the origin %q", c.Signer.Name(), c.Origin)
	case c.Clock == nil:
		return errors.New("the clock is missing")
	case c.Logger == nil:
		return errors.New("the logger is missing")
	case c.KeepRequests < 0:
		return fmt.Errorf("requests cannot be kept for %v", c.KeepRequests)
	}
	return nil
}

// Close stops numbering and ends the streams that follow the log. Staged entries stay staged: another process, or the
// next Open, numbers them.
func (l *Log) Close() error {
	l.stop()
	<-l.stopped
	return nil
}

// Wake reports that something was committed. It is cheap and never blocks. Without it an entry waits for the next poll.
func (l *Log) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Sync returns when everything committed before the call is numbered, by any process.
func (l *Log) Sync(ctx context.Context) error {
	l.mu.Lock()
	p := l.next
	l.mu.Unlock()
	l.Wake()
	select {
	case <-p.done:
		return p.err
	case <-l.stopped:
		return l.closed()
	case <-ctx.Done():
		return fmt.Errorf("wait for numbering: %w", ctx.Err())
	}
}

// closed returns the error for callers that wait for a closed Log.
func (l *Log) closed() error {
	return fault.Unavailable("SHUTTING_DOWN", time.Second, fmt.Errorf("the journal %q is closed", l.name))
}

// GenerateKey generates the key pair of a log: skey for [note.NewSigner], which must be kept secret, and vkey for
// [note.NewVerifier], which is published.
func GenerateKey(origin string, rand io.Reader) (skey, vkey string, err error) {
	skey, vkey, err = note.GenerateKey(rand, origin)
	if err != nil {
		return "", "", fmt.Errorf("generate key of %q: %w", origin, err)
	}
	return skey, vkey, nil
}
