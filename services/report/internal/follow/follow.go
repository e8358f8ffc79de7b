package follow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal/verify"
)

const (
	// maxBatch is the maximum number of entries in one transaction. Larger batches are not faster and make readers of
	// the same rows wait.
	maxBatch = 2000
	// ahead is how many messages, of at most 64 KiB each, are buffered while a batch is being applied.
	ahead = 32

	firstPause = 50 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Sink receives the entries of logs.
type Sink interface {
	// Position returns the position of the last applied entry of the log, or 0 if there is none.
	Position(ctx context.Context, log string) (int64, error)
	// Checkpoint returns the signed checkpoint that covers the last applied entry, or "" if there is none.
	Checkpoint(ctx context.Context, log string) (string, error)
	// Apply stores the entries, which are in the order of their positions, and the new position in one transaction. The
	// checkpoint covers them.
	Apply(ctx context.Context, log string, entries []*journalv1.Entry, checkpoint *journalv1.Checkpoint) error
}

// Follower follows one log.
type Follower struct {
	// Log is the name of the log, such as "action".
	Log string
	// Journal is a client of the service that owns the log. Its identity must be allowed to read the log.
	Journal journalv1.JournalServiceClient
	Sink    Sink
	// Cut is called after each attempt to follow the log: with a *[verify.Mismatch] if the log does not extend what was
	// applied of it, otherwise with nil. A log with a mismatch is not followed, because its entries are not those that
	// follow the applied ones. nil disables the callback.
	Cut func(error)
	// Logger logs every interruption except the orderly end of a stream, such as when a server stops or a connection
	// reaches its maximum age.
	Logger *slog.Logger
}

// Run follows the log until ctx ends.
func (f Follower) Run(ctx context.Context) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstPause, maxPause
	for {
		applied := false
		err := f.extends(ctx)
		if err == nil {
			applied, err = f.read(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		if applied {
			pauses.Reset()
		}
		pause := pauses.NextBackOff()
		if err != nil && !damaged(err) && !cut(err) {
			f.Logger.WarnContext(ctx, "following a journal was interrupted", "log", f.Log, "pause", pause, "code", fault.Status(err).Code().String(), "error", err)
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// extends checks that the log still begins with the applied entries.
func (f Follower) extends(ctx context.Context) error {
	known, err := f.Sink.Checkpoint(ctx, f.Log)
	if err != nil {
		return err
	}
	err = verify.Extends(ctx, f.Journal, f.Log, known)
	if f.Cut != nil && (err == nil || cut(err)) {
		f.Cut(err)
	}
	return err
}

// cut reports whether err says that the log does not extend what was applied.
func cut(err error) bool {
	_, ok := errors.AsType[*verify.Mismatch](err)
	return ok
}

// damaged reports whether err is damage of the stored data. The database logs it itself, once.
func damaged(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Reason() == database.ReasonStorageDamaged
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// read follows one stream to its end and reports whether it applied anything. An orderly end is not an error.
func (f Follower) read(ctx context.Context) (applied bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	after, err := f.Sink.Position(ctx, f.Log)
	if err != nil {
		return false, err
	}
	stream, err := f.Journal.Read(ctx, &journalv1.ReadRequest{Log: "logs/" + f.Log, After: after, Follow: true})
	if err != nil {
		return false, fmt.Errorf("read journal: %w", err)
	}
	incoming := make(chan *journalv1.ReadResponse, ahead)
	broken := make(chan error, 1)
	go func() {
		broken <- receive(ctx, stream, incoming)
		close(incoming)
	}()
	for message := range incoming {
		entries, checkpoint := gather(message, incoming)
		if len(entries) == 0 {
			continue
		}
		if err := f.Sink.Apply(ctx, f.Log, entries, checkpoint); err != nil {
			cancel()
			for range incoming { // until the receiver ends
			}
			return applied, err
		}
		applied = true
	}
	return applied, <-broken
}

func receive(ctx context.Context, stream journalv1.JournalService_ReadClient, to chan<- *journalv1.ReadResponse) error {
	for accepted := false; ; accepted = true {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) || sentAway(err) || accepted && outlived(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		select {
		case to <- message:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sentAway reports whether a server ended the stream because the server stops or the connection has reached its maximum
// age. The follower then opens a stream on another replica. If there is none, that attempt fails and is logged.
func sentAway(err error) bool {
	if f, ok := fault.From(err); ok && f.Reason() == "DRAINING" {
		return true
	}
	s, ok := status.FromError(err)
	return ok && s.Code() == codes.Unavailable && strings.Contains(s.Message(), farewell)
}

// outlived reports whether the token expired during the stream. The next stream uses the current token. If that one has
// expired as well, the stream is refused before its first message, and the refusal is logged.
func outlived(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Reason() == "TOKEN_EXPIRED"
}

// farewell is the text of gRPC's error if the server had announced the end of the connection without an error. A stream
// that follows a journal always lasts longer than the grace period after that. gRPC offers no other way to detect this.
const farewell = "received prior goaway: code: NO_ERROR"

// gather joins a message with the buffered ones, so that a backlog is applied in few transactions and single entries
// without delay. The last checkpoint covers all of them.
func gather(first *journalv1.ReadResponse, more <-chan *journalv1.ReadResponse) ([]*journalv1.Entry, *journalv1.Checkpoint) {
	entries, checkpoint := first.GetEntries(), first.GetCheckpoint()
	for len(entries) < maxBatch {
		select {
		case next, ok := <-more:
			if !ok {
				return entries, checkpoint
			}
			if len(next.GetEntries()) > 0 {
				entries, checkpoint = append(entries, next.GetEntries()...), next.GetCheckpoint()
			}
		default:
			return entries, checkpoint
		}
	}
	return entries, checkpoint
}
