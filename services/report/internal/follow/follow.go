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
	// maxBatch bounds the entries of one transaction: larger ones apply no faster and make readers of their rows wait.
	maxBatch = 2000
	// ahead is how many messages of at most 64 KiB may wait while a batch is being applied.
	ahead = 32

	firstPause = 50 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Sink is where entries go.
type Sink interface {
	// Position is the last entry of the log that was applied, 0 if none was.
	Position(ctx context.Context, log string) (int64, error)
	// Checkpoint is the signed checkpoint that covered the last entry applied; "" if none was.
	Checkpoint(ctx context.Context, log string) (string, error)
	// Apply applies entries in the order of their positions, and the position with them, all or nothing. The checkpoint
	// covers them.
	Apply(ctx context.Context, log string, entries []*journalv1.Entry, checkpoint *journalv1.Checkpoint) error
}

// Follower follows one log.
type Follower struct {
	// Log is the log's name, "action".
	Log string
	// Journal serves the log. It carries the identity that may read it.
	Journal journalv1.JournalServiceClient
	Sink    Sink
	// Cut is told, with each attempt to follow the log, of the *[verify.Mismatch] if the log does not extend what was applied
	// of it, and of nil if it does. The log is not followed then: its entries would be taken for others. Nil: nobody is told.
	Cut func(error)
	// Logger hears of every interruption but the orderly end of a stream, to which a server's stop and the age of a
	// connection belong.
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

// extends checks that the log still begins with what was applied of it.
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

// damaged reports whether err says that damage was found in what is stored. The database's own log has it, once.
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

// read follows one stream to its end and says whether anything was applied. A stream that simply ended is no error.
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
			for range incoming { // let the receiver end
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

// sentAway says that a server ended the stream because it stops, or because the connection has reached its age. The stream
// is taken up again at another replica; if there is none, the next attempt fails and is heard of.
func sentAway(err error) bool {
	if f, ok := fault.From(err); ok && f.Reason() == "DRAINING" {
		return true
	}
	s, ok := status.FromError(err)
	return ok && s.Code() == codes.Unavailable && strings.Contains(s.Message(), farewell)
}

// outlived says that the token ended during the stream. The next stream opens with the token that is there then; if that has
// ended as well, the stream is refused before its first message, which is heard of.
func outlived(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Reason() == "TOKEN_EXPIRED"
}

// farewell is how gRPC says that the server had announced the end of the connection and named no fault. A stream that
// follows a journal always outlasts the grace after that. gRPC has no other way to tell.
const farewell = "received prior goaway: code: NO_ERROR"

// gather joins a message with those that already wait, so that a backlog is applied in few transactions and a trickle
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
