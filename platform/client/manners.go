package client

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/wancun/wancun/platform/access"
)

const authorization = "authorization"

type tokenKey struct{}

// WithToken returns a context whose calls carry the service's own token. It is for work outside of a call. While a call
// is handled, the originating caller's token is sent instead.
func WithToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

// identified sets the token in the metadata of the call and replaces a token that is there. Without a token the
// metadata does not change, so that a gateway can pass on what it received.
func identified(ctx context.Context) context.Context {
	token := access.From(ctx).Token
	if own, ok := ctx.Value(tokenKey{}).(string); ok && access.Method(ctx) == "" {
		token = own
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	switch {
	case token != "":
		md = md.Copy()
		md.Set(authorization, "Bearer "+token)
	case access.Method(ctx) != "" && len(md.Get(authorization)) > 0:
		md = md.Copy()
		md.Delete(authorization)
	default:
		return ctx
	}
	return metadata.NewOutgoingContext(ctx, md)
}

func unary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	var cancel context.CancelFunc
	if at, ok := ctx.Deadline(); ok {
		ctx, cancel = context.WithDeadline(ctx, at.Add(-shave))
	} else {
		ctx, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	return invoke(identified(ctx), method, request, reply, conn, opts...)
}

// stream does not set a deadline: a stream may have none, and ends with its own deadline if it has one.
func stream(ctx context.Context, d *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(identified(ctx), d, conn, method, opts...)
}
