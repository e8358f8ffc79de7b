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

// journals is one client for the journals of all services, by the names of their logs. Unlike journal.Router, which is
// a server, it is a client, and therefore sends the caller's token.
type journals map[string]journalv1.JournalServiceClient

var _ journalv1.JournalServiceClient = journals(nil)

// Read calls the journal that the request names.
func (j journals) Read(ctx context.Context, q *journalv1.ReadRequest, opts ...grpc.CallOption) (grpc.ServerStreamingClient[journalv1.ReadResponse], error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	stream, err := to.Read(ctx, q, opts...)
	return &begun[journalv1.ReadResponse]{ServerStreamingClient: stream}, err
}

// GetCheckpoint calls the journal that the request names.
func (j journals) GetCheckpoint(ctx context.Context, q *journalv1.GetCheckpointRequest, opts ...grpc.CallOption) (*journalv1.Checkpoint, error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	return to.GetCheckpoint(ctx, q, opts...)
}

// GetInclusionProof calls the journal that the request names.
func (j journals) GetInclusionProof(ctx context.Context, q *journalv1.GetInclusionProofRequest, opts ...grpc.CallOption) (*journalv1.InclusionProof, error) {
	to, err := j.named(q)
	if err != nil {
		return nil, err
	}
	return to.GetInclusionProof(ctx, q, opts...)
}

// GetConsistencyProof calls the journal that the request names.
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

// begun is a stream that returns its header only after its first element has arrived. The gateway can then answer a
// refused stream with the status of the refusal, instead of 200 and an error in the body.
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

// Recv returns the first element, which Header has waited for, and then the others.
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
