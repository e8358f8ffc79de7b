package journal

import (
	"context"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Stored serves the log in the tables of db without its service, for checks. It numbers, signs and writes nothing, so
// it needs neither the log's key nor the right to change a row, and leaves the tables as they were. name is that of
// [Config.Log]; [CheckSchema] reports whether the tables fit.
//
// Entries that are staged and not numbered are not part of the log, so the newest checkpoint may not cover the last
// writes. A Read with follow is INVALID_ARGUMENT.
func Stored(name string, db *database.DB) journalv1.JournalServiceServer {
	return &stored{&server{log: &Log{name: name, db: db}}}
}

// StoredClient returns a client of [Stored] within the process.
func StoredClient(name string, db *database.DB) journalv1.JournalServiceClient {
	channel := &inprocgrpc.Channel{}
	journalv1.RegisterJournalServiceServer(channel, Stored(name, db))
	return journalv1.NewJournalServiceClient(channel)
}

// stored is the server of a log without a running service. Its Log has what reads need, and no numbering loop.
type stored struct{ *server }

// Read implements the RPC.
func (s *stored) Read(r *journalv1.ReadRequest, stream grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if r.GetFollow() {
		return fault.Invalid("follow", "NOT_FOLLOWED", "is not possible where nothing is added to the log")
	}
	return s.read(r, stream) // no check of the caller, which may open the database anyway
}

// GetCheckpoint implements the RPC. It does not wait for numbering.
func (s *stored) GetCheckpoint(ctx context.Context, r *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	if r.GetSize() > 0 {
		return s.server.GetCheckpoint(ctx, r)
	}
	if err := s.serves(r.GetLog()); err != nil {
		return nil, err
	}
	return s.newest(ctx)
}
