package process

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/fault"
)

// AsItself returns a connection that sends the token in the file with calls that have no other caller. It reads the
// file, or another source, for each of these calls, so that a renewed token needs no restart; there are few, since most
// are long streams. A call made while another call is handled still carries its caller's token. If the file cannot be
// read, the call is UNAVAILABLE.
func AsItself(conn grpc.ClientConnInterface, token config.SecretFile) grpc.ClientConnInterface {
	return itself{conn: conn, token: token}
}

type itself struct {
	conn  grpc.ClientConnInterface
	token config.SecretFile
}

func (i itself) identified(ctx context.Context) (context.Context, error) {
	if access.Method(ctx) != "" {
		return ctx, nil
	}
	token, err := i.token.Read(ctx)
	if err != nil {
		return nil, fault.Unavailable("OWN_TOKEN_MISSING", time.Second, fmt.Errorf("read own token from %s: %w", i.token.Path(), err))
	}
	return client.WithToken(ctx, string(bytes.TrimSpace(token))), nil
}

// Invoke implements [grpc.ClientConnInterface].
func (i itself) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	ctx, err := i.identified(ctx)
	if err != nil {
		return err
	}
	return i.conn.Invoke(ctx, method, args, reply, opts...)
}

// NewStream implements [grpc.ClientConnInterface].
func (i itself) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, err := i.identified(ctx)
	if err != nil {
		return nil, err
	}
	return i.conn.NewStream(ctx, d, method, opts...)
}
