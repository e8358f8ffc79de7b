package server

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
)

// reflectionTime is how long a stream of the reflection service may last, so that no client keeps its place. Clients open
// another when they ask again.
const reflectionTime = time.Minute

// reflects reports whether a method is of the reflection service.
func reflects(method string) bool { return strings.HasPrefix(method, "/grpc.reflection.") }

// interruptible ends a stream of the reflection service after reflectionTime or with the context of the stream. Its handler
// waits in RecvMsg and does not look at the context by itself.
func interruptible(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, cancel := context.WithTimeout(stream.Context(), reflectionTime)
	defer cancel()
	return handler(service, &interrupted{streamIn{stream, ctx}})
}

// interrupted is a stream whose RecvMsg returns when the context ends.
type interrupted struct{ streamIn }

// RecvMsg implements [grpc.ServerStream]. The message is not to be used after an error: it may still be written to.
func (s *interrupted) RecvMsg(message any) error {
	received := make(chan error, 1)
	go func() { received <- s.ServerStream.RecvMsg(message) }()
	select {
	case err := <-received:
		return err
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}
