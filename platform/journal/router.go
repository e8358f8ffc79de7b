package journal

import (
	"context"
	"errors"
	"io"
	"strings"

	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/fault"
)

// Router maps the names of logs ("org") to the journals of several services, to serve them under one name.
type Router map[string]journalv1.JournalServiceClient

// Server returns a JournalService that passes each call to the journal that it names. It returns NOT_FOUND for a log
// that is not in the Router, and checks whether the caller may read the log. Everything else, errors included, is the
// answer of the journal.
func (r Router) Server() journalv1.JournalServiceServer { return &router{journals: r} }

type router struct {
	journalv1.UnsafeJournalServiceServer

	journals Router
}

var _ journalv1.JournalServiceServer = (*router)(nil)

// Read passes the stream on.
func (r *router) Read(q *journalv1.ReadRequest, down grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if err := whole(down.Context()); err != nil {
		return err
	}
	to, err := r.to(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(down.Context())
	defer cancel()
	up, err := to.Read(ctx, q)
	if err != nil {
		return err
	}
	for {
		response, err := up.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := down.Send(response); err != nil {
			return err
		}
	}
}

// GetCheckpoint passes the call on.
func (r *router) GetCheckpoint(ctx context.Context, q *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	to, err := r.to(q)
	if err != nil {
		return nil, err
	}
	return to.GetCheckpoint(ctx, q)
}

// GetInclusionProof passes the call on.
func (r *router) GetInclusionProof(ctx context.Context, q *journalv1.GetInclusionProofRequest) (*journalv1.InclusionProof, error) {
	to, err := r.to(q)
	if err != nil {
		return nil, err
	}
	return to.GetInclusionProof(ctx, q)
}

// GetConsistencyProof passes the call on.
func (r *router) GetConsistencyProof(ctx context.Context, q *journalv1.GetConsistencyProofRequest) (*journalv1.ConsistencyProof, error) {
	to, err := r.to(q)
	if err != nil {
		return nil, err
	}
	return to.GetConsistencyProof(ctx, q)
}

// to returns the journal that a request names.
func (r *router) to(q interface{ GetLog() string }) (journalv1.JournalServiceClient, error) {
	if name, ok := strings.CutPrefix(q.GetLog(), "logs/"); ok && r.journals[name] != nil {
		return r.journals[name], nil
	}
	return nil, fault.NotFound(q.GetLog())
}
