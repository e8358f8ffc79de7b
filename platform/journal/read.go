package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

const (
	// maxMessage bounds the records in one message, in bytes, so that a slow reader holds little memory.
	maxMessage = 64 << 10
	// maxPage is how many entries are loaded at once: about one message of records of common size.
	maxPage = 128
)

// numbered is an entry of the log.
type numbered struct {
	Position int64  `db:"position"`
	Record   []byte `db:"record"`
}

// Read implements the RPC.
func (s *server) Read(r *journalv1.ReadRequest, stream grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if err := whole(stream.Context()); err != nil {
		return err
	}
	return s.read(r, stream)
}

// whole refuses a caller whose grants are all restricted to less than a province or to an organization. A caller
// without grants comes through a Router, which has checked it.
func whole(ctx context.Context) error {
	grants := access.From(ctx).Grants
	if len(grants) == 0 || slices.ContainsFunc(grants, func(g *accessv1.Grant) bool {
		return len(g.GetArea()) <= len("43") && g.GetOrganization() == ""
	}) {
		return nil
	}
	return fault.Denied("WHOLE_LOG", "a log is read whole, and the caller's role is bound to a part of the province or to an organization")
}

func (s *server) read(r *journalv1.ReadRequest, stream grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if err := s.covers(stream.Context(), r.GetLog(), "after", r.GetAfter()); err != nil {
		return err
	}
	reader := &reader{server: s, request: r, stream: stream, cursor: r.GetAfter(), left: r.GetLimit()}
	return reader.run(stream.Context())
}

// reader is a Read in progress.
type reader struct {
	server  *server
	request *journalv1.ReadRequest
	stream  grpc.ServerStreamingServer[journalv1.ReadResponse]
	cursor  int64 // position of the last entry sent
	left    int32 // entries left to send; only if the request has a limit
	greeted bool  // whether anything was sent
}

// run sends the entries that there are and, if the request follows, those that come.
func (d *reader) run(ctx context.Context) error {
	log := d.server.log
	for {
		grown := log.growth()
		if err := d.drain(ctx); err != nil {
			return err
		}
		if !d.greeted {
			if err := d.send(ctx, nil); err != nil {
				return err
			}
		}
		if d.full() || !d.request.GetFollow() {
			return nil
		}
		select {
		case <-grown:
		case <-log.stopped:
			return log.closed()
		case <-ctx.Done():
			return ctx.Err() // the caller's own cancellation
		}
	}
}

// full reports whether the limit of the request is reached.
func (d *reader) full() bool { return d.request.GetLimit() > 0 && d.left == 0 }

// drain sends all entries up to the newest or to the limit.
func (d *reader) drain(ctx context.Context) error {
	for !d.full() {
		want := maxPage
		if d.request.GetLimit() > 0 {
			want = min(want, int(d.left))
		}
		entries, err := d.load(ctx, want)
		if err != nil {
			return fmt.Errorf("load entries after %d: %w", d.cursor, err)
		}
		for rest := entries; len(rest) > 0; {
			n := fitting(rest)
			if err := d.send(ctx, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		if len(entries) < want {
			return nil
		}
	}
	return nil
}

// load reads the next entries.
func (d *reader) load(ctx context.Context, limit int) ([]numbered, error) {
	if d.request.GetResource() == "" {
		return database.All[numbered](ctx, d.server.log.db.Reader(),
			`SELECT position, record FROM journal_entries WHERE position > $1 ORDER BY position LIMIT $2`, d.cursor, limit)
	}
	// Revisions and positions of one resource have the same order, and the index is sorted by revision.
	return database.All[numbered](ctx, d.server.log.db.Reader(),
		`SELECT position, record FROM journal_entries WHERE resource = $1 AND position > $2 ORDER BY revision LIMIT $3`,
		d.request.GetResource(), d.cursor, limit)
}

// fitting returns how many entries go into one message: at least one.
func fitting(entries []numbered) int {
	size := 0
	for n, e := range entries {
		if size += len(e.Record); size > maxMessage && n > 0 {
			return n
		}
	}
	return len(entries)
}

// send sends entries, possibly none, with the checkpoint that covers the cursor.
func (d *reader) send(ctx context.Context, entries []numbered) error {
	response := &journalv1.ReadResponse{Entries: make([]*journalv1.Entry, len(entries))}
	for i, e := range entries {
		response.Entries[i] = &journalv1.Entry{Position: e.Position, Record: e.Record}
		if d.request.GetDecode() {
			content := new(journalv1.Record)
			if err := proto.Unmarshal(e.Record, content); err != nil {
				return fmt.Errorf("decode entry %d: %w", e.Position, err)
			}
			response.Entries[i].Content = content
		}
		d.cursor = e.Position
	}
	covering, err := checkpointCovering(ctx, d.server.log.db.Reader(), d.cursor)
	// A deleted checkpoint must not hide the entries from a verifier.
	if !errors.Is(err, database.ErrNotFound) {
		if response.Checkpoint, err = d.server.checkpoint(covering, err); err != nil {
			return err
		}
	}
	d.left -= int32(len(entries))
	d.greeted = true
	return d.stream.Send(response) // its error is already a status
}
