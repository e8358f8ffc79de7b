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

// AsItself makes the calls on conn that have no other caller with the token in the file. The file, or another source, is read for
// each of them, which are few (streams that last), so that a renewed token needs no restart. A call made while another is
// handled still carries its caller's token. A file that cannot be read makes the call UNAVAILABLE.
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
