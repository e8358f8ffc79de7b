package server

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/text"
)

// normalizer brings the texts of requests to their normal form before anything is decided by them: who may call, whether the
// constraints hold, whether a request is a repetition of another. The message is the server's own, in the process too, so it
// is changed in place.
type normalizer struct{ texts *text.Messages }

// refusedTexts is under which a context keeps what is wrong with the texts of a request. It is said with what the
// constraints refuse, and after it is known that the caller may call at all.
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
