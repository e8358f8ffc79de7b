package journal

import (
	"context"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Stored serves what the tables in db hold of a log, for whoever checks it apart from its service: it numbers nothing,
// signs nothing and writes nothing, so it takes neither the log's key nor the right to change a row, and leaves what it
// checks as it was. name is that of [Config.Log]; [CheckSchema] says whether the tables fit.
//
// What is staged and not yet numbered is no part of the log, so the newest checkpoint may not cover the last writes. The
// log cannot be followed (INVALID_ARGUMENT).
func Stored(name string, db *database.DB) journalv1.JournalServiceServer {
	return &stored{&server{log: &Log{name: name, db: db}}}
}

// StoredClient reads what [Stored] serves, within the process.
func StoredClient(name string, db *database.DB) journalv1.JournalServiceClient {
	channel := &inprocgrpc.Channel{}
	journalv1.RegisterJournalServiceServer(channel, Stored(name, db))
	return journalv1.NewJournalServiceClient(channel)
}

// stored is the server of a log without a process behind it: of the Log it has what is read, and no numbering loop.
type stored struct{ *server }

// Read implements the RPC.
func (s *stored) Read(r *journalv1.ReadRequest, stream grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if r.GetFollow() {
		return fault.Invalid("follow", "NOT_FOLLOWED", "is not possible where nothing is added to the log")
	}
	return s.read(r, stream) // whoever may open the database reads all of it
}

// GetCheckpoint implements the RPC. It waits for no numbering.
func (s *stored) GetCheckpoint(ctx context.Context, r *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	if r.GetSize() > 0 {
		return s.server.GetCheckpoint(ctx, r)
	}
	if err := s.serves(r.GetLog()); err != nil {
		return nil, err
	}
	return s.newest(ctx)
}
