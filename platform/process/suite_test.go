package process_test

import (
	"context"
	"embed"
	"testing"

	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
)

//go:embed testdata/*.sql
var migrations embed.FS

const versionTable = "toy_version"

func migrate(ctx context.Context, db *database.DB) error {
	return db.Migrate(ctx, migrations, versionTable)
}

func checkSchema(ctx context.Context, db *database.DB) error {
	return db.CheckSchema(ctx, migrations, versionTable)
}

type settings struct{ process.Settings }

// toy is a service that returns the size of a log when the test lets it.
type toy struct {
	journalv1.UnimplementedJournalServiceServer

	asked chan struct{} // receives a value for each call that begins
	let   chan struct{} // calls end when it is closed
	done  chan struct{} // closed when the service is closed
}

func newToy() *toy {
	return &toy{asked: make(chan struct{}, 1), let: make(chan struct{}), done: make(chan struct{})}
}

func (s *toy) GetCheckpoint(ctx context.Context, _ *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	s.asked <- struct{}{}
	select {
	case <-s.let:
		return &journalv1.Checkpoint{Size: 7}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *toy) Register(r grpc.ServiceRegistrar) { journalv1.RegisterJournalServiceServer(r, s) }

func (s *toy) Close() error {
	close(s.done)
	return nil
}

// program returns the program that runs the service.
func (s *toy) program() processtest.Program {
	service := process.Service[settings]{
		Name: "toy", Description: "A service.", Migrate: migrate, CheckSchema: checkSchema,
		Open: func(context.Context, *settings, *process.Process, process.Storage) (process.Opened, error) {
			return s, nil
		},
	}
	return func(ctx context.Context, call process.Call) int { return process.Run(ctx, service, call) }
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := client.Dial("passthrough:///"+address, client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
