package server

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/text"
)

// normalizer normalizes the texts of requests before anything is decided from them: who may call, whether the
// constraints hold, and whether a request repeats another. It changes the message in place. The server owns the
// message, also inside the process.
type normalizer struct{ texts *text.Messages }

// refusedTexts is the context key of the violations in the texts of a request. The validator reports them together with
// those of the constraints, once the caller is known to have access.
type refusedTexts struct{}

func (n normalizer) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if m, ok := request.(proto.Message); ok {
		if refused := n.texts.Normalize(m); len(refused) > 0 {
			ctx = context.WithValue(ctx, refusedTexts{}, refused)
		}
	}
	return handler(ctx, request)
}

func (n normalizer) stream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(service, &normalStream{stream, n})
}

type normalStream struct {
	grpc.ServerStream
	normalizer normalizer
}

// RecvMsg implements [grpc.ServerStream].
func (s *normalStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	if m, ok := message.(proto.Message); ok {
		if refused := s.normalizer.texts.Normalize(m); len(refused) > 0 {
			return fault.InvalidAll(refused)
		}
	}
	return nil
}
