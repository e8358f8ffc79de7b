package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/types/known/timestamppb"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Server returns the JournalService that serves this log and no other.
func (l *Log) Server() journalv1.JournalServiceServer { return &server{log: l} }

type server struct {
	journalv1.UnsafeJournalServiceServer

	log *Log
}

var _ journalv1.JournalServiceServer = (*server)(nil)

// GetCheckpoint implements the RPC.
func (s *server) GetCheckpoint(ctx context.Context, r *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	if err := s.serves(r.GetLog()); err != nil {
		return nil, err
	}
	if r.GetSize() > 0 {
		c, err := checkpointCovering(ctx, s.log.db.Reader(), r.GetSize())
		if errors.Is(err, database.ErrNotFound) {
			return nil, s.tooLarge("size", r.GetSize())
		}
		return s.checkpoint(c, err)
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	return s.newest(ctx)
}

// settleTimeout bounds how long GetCheckpoint waits for a checkpoint that covers everything written before the call. If
// the process that numbers is stopped, another one takes over sooner than that.
const settleTimeout = 5 * time.Second

// settle waits until everything committed before the call is numbered, for at most settleTimeout. After that a
// checkpoint is returned even if another process still holds the head.
func (s *server) settle(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	err := s.log.Sync(limited)
	if f, ok := fault.From(err); ok && f.Reason() == database.ReasonBusy {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil
	}
	return err
}

// newest returns the newest checkpoint. Every log begins with one over no entries, so one is missing only if it was
// deleted.
func (s *server) newest(ctx context.Context) (*journalv1.Checkpoint, error) {
	c, err := newestCheckpoint(ctx, s.log.db.Reader())
	if errors.Is(err, database.ErrNotFound) {
		return nil, fault.NotFound("logs/" + s.log.name + "/checkpoint").Because(err)
	}
	return s.checkpoint(c, err)
}

// GetInclusionProof implements the RPC.
func (s *server) GetInclusionProof(ctx context.Context, r *journalv1.GetInclusionProofRequest) (*journalv1.InclusionProof, error) {
	if err := s.covers(ctx, r.GetLog(), "size", r.GetSize()); err != nil {
		return nil, err
	}
	if r.GetPosition() > r.GetSize() {
		return nil, fault.OutOfRange("position", "BEYOND_SIZE", "must not be beyond the size %d", r.GetSize())
	}
	index := r.GetPosition() - 1
	hashes := storedHashes{ctx: ctx, from: s.log.db.Reader()}
	proof, err := tlog.ProveRecord(r.GetSize(), index, hashes)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d in %d: %w", r.GetPosition(), r.GetSize(), err)
	}
	leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return nil, fmt.Errorf("prove entry %d in %d: %w", r.GetPosition(), r.GetSize(), err)
	}
	return &journalv1.InclusionProof{Leaf: leaf[0][:], Hashes: raw(proof)}, nil
}

// GetConsistencyProof implements the RPC.
func (s *server) GetConsistencyProof(ctx context.Context, r *journalv1.GetConsistencyProofRequest) (*journalv1.ConsistencyProof, error) {
	if err := s.covers(ctx, r.GetLog(), "size", r.GetSize()); err != nil {
		return nil, err
	}
	if r.GetOldSize() > r.GetSize() {
		return nil, fault.OutOfRange("old_size", "BEYOND_SIZE", "must not be beyond the size %d", r.GetSize())
	}
	proof, err := tlog.ProveTree(r.GetSize(), r.GetOldSize(), storedHashes{ctx: ctx, from: s.log.db.Reader()})
	if err != nil {
		return nil, fmt.Errorf("prove that %d extends %d: %w", r.GetSize(), r.GetOldSize(), err)
	}
	return &journalv1.ConsistencyProof{Hashes: raw(proof)}, nil
}

// serves returns NOT_FOUND for the name of another log.
func (s *server) serves(name string) error {
	if name != "logs/"+s.log.name {
		return fault.NotFound(name)
	}
	return nil
}

// covers returns OUT_OF_RANGE on field if place is beyond the newest entry of the log.
func (s *server) covers(ctx context.Context, name, field string, place int64) error {
	if err := s.serves(name); err != nil {
		return err
	}
	size, err := database.One[int64](ctx, s.log.db.Reader(), `SELECT size FROM journal_head`)
	if err != nil {
		return fmt.Errorf("load head: %w", err)
	}
	if place > size {
		return s.tooLarge(field, place)
	}
	return nil
}

func (s *server) tooLarge(field string, place int64) error {
	return fault.OutOfRange(field, "BEYOND_LOG", "must not be beyond the newest entry of logs/%s, as %d is", s.log.name, place)
}

// checkpoint converts a row into its message. It passes on the error of loading the row.
func (s *server) checkpoint(c checkpoint, err error) (*journalv1.Checkpoint, error) {
	if err != nil {
		return nil, err
	}
	return &journalv1.Checkpoint{
		Log: "logs/" + s.log.name, Size: c.Size, Root: c.Root, Time: timestamppb.New(time.UnixMicro(c.TimeUS)), Note: c.Note,
	}, nil
}

func raw(hashes []tlog.Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}

// checkpoint is a row of journal_checkpoints.
type checkpoint struct {
	Size   int64  `db:"size"`
	Root   []byte `db:"root"`
	TimeUS int64  `db:"time_us"`
	Note   string `db:"note"`
}

// Newest returns the size of the log in a database and the signed checkpoint over it, in the state that q shows.
// settled reports whether the checkpoint covers every write of that state; if not, the newest one does after
// [Log.Sync].
func Newest(ctx context.Context, q database.Querier) (size int64, signed string, settled bool, err error) {
	c, err := newestCheckpoint(ctx, q)
	if err != nil {
		return 0, "", false, err
	}
	settled, err = database.One[bool](ctx, q, `SELECT NOT EXISTS (SELECT 1 FROM journal_staging)`)
	if err != nil {
		return 0, "", false, fmt.Errorf("look at staging: %w", err)
	}
	return c.Size, c.Note, settled, nil
}

func newestCheckpoint(ctx context.Context, q database.Querier) (checkpoint, error) {
	c, err := database.One[checkpoint](ctx, q,
		`SELECT size, root, time_us, note FROM journal_checkpoints ORDER BY size DESC LIMIT 1`)
	if err != nil {
		return checkpoint{}, fmt.Errorf("load newest checkpoint: %w", err)
	}
	return c, nil
}

// checkpointCovering loads the smallest checkpoint over at least size entries, or returns database.ErrNotFound.
func checkpointCovering(ctx context.Context, q database.Querier, size int64) (checkpoint, error) {
	c, err := database.One[checkpoint](ctx, q,
		`SELECT size, root, time_us, note FROM journal_checkpoints WHERE size >= $1 ORDER BY size LIMIT 1`, size)
	if err != nil {
		return checkpoint{}, fmt.Errorf("load checkpoint over %d: %w", size, err)
	}
	return c, nil
}
