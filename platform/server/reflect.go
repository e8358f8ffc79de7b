package server

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
)

// reflectionTime is the longest life of a stream of the reflection service, so that no client keeps its place. Clients
// open another stream for later requests.
const reflectionTime = time.Minute

// reflects reports whether a method belongs to the reflection service.
func reflects(method string) bool { return strings.HasPrefix(method, "/grpc.reflection.") }

// interruptible ends a stream of the reflection service after reflectionTime or with the context of the stream. The
// service's handler waits in RecvMsg and ignores the context.
func interruptible(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, cancel := context.WithTimeout(stream.Context(), reflectionTime)
	defer cancel()
	return handler(service, &interrupted{streamIn{stream, ctx}})
}

// interrupted is a stream whose RecvMsg returns when the context ends.
type interrupted struct{ streamIn }

// RecvMsg implements [grpc.ServerStream]. After an error the message must not be used, because the underlying RecvMsg
// may still write to it.
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
