package gateway

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/fault"
)

// journals are the services' journals by the names of their logs, as one client. Unlike journal.Router, which serves, it
// stays on the caller's side of a call, and so passes on the caller's token.
type journals map[string]journalv1.JournalServiceClient

var _ journalv1.JournalServiceClient = journals(nil)

// Read opens a stream of the journal that the request names.
func (j journals) Read(ctx context.Context, q *journalv1.ReadRequest, opts ...grpc.CallOption) (grpc.ServerStreamingClient[journalv1.ReadResponse], error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	stream, err := to.Read(ctx, q, opts...)
	return &begun[journalv1.ReadResponse]{ServerStreamingClient: stream}, err
}

// GetCheckpoint asks the journal that the request names.
func (j journals) GetCheckpoint(ctx context.Context, q *journalv1.GetCheckpointRequest, opts ...grpc.CallOption) (*journalv1.Checkpoint, error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	return to.GetCheckpoint(ctx, q, opts...)
}

// GetInclusionProof asks the journal that the request names.
func (j journals) GetInclusionProof(ctx context.Context, q *journalv1.GetInclusionProofRequest, opts ...grpc.CallOption) (*journalv1.InclusionProof, error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	return to.GetInclusionProof(ctx, q, opts...)
}

// GetConsistencyProof asks the journal that the request names.
func (j journals) GetConsistencyProof(ctx context.Context, q *journalv1.GetConsistencyProofRequest, opts ...grpc.CallOption) (*journalv1.ConsistencyProof, error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	return to.GetConsistencyProof(ctx, q, opts...)
}

func (j journals) named(q interface{ GetLog() string }) (journalv1.JournalServiceClient, error) {
	if to := j[q.GetLog()]; to != nil {
		return to, nil
	}
	return nil, fault.NotFound(q.GetLog())
}

// begun is a stream that shows its header only once its first element is there. A stream that is refused is then
// answered with the status of the refusal, and not with 200 and an error inside.
type begun[T any] struct {
	grpc.ServerStreamingClient[T]

	first *T
	ended error
}

// Header waits for the first element.
func (b *begun[T]) Header() (metadata.MD, error) {
	header, err := b.ServerStreamingClient.Header()
	if err != nil {
		return nil, err
	}
	if b.first, b.ended = b.ServerStreamingClient.Recv(); b.ended != nil && !errors.Is(b.ended, io.EOF) {
		return nil, b.ended
	}
	return header, nil
}

// Recv gives the first element that Header has waited for, then the others.
func (b *begun[T]) Recv() (*T, error) {
	if b.ended != nil {
		return nil, b.ended
	}
	if first := b.first; first != nil {
		b.first = nil
		return first, nil
	}
	return b.ServerStreamingClient.Recv()
}
