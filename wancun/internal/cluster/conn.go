package cluster

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server/mtls"
)

// conns reach the services, as the gateway does, behind one connection: a call goes to the service whose package its
// method is in, and one to a journal to the service whose log it names.
type conns map[string]*grpc.ClientConn

// dial connects with the gateway's certificate, which all services accept.
func (c *Cluster) dial() error {
	identity, err := mtls.Open(mtls.Files{
		Certificate: c.tls(services.Gateway + ".pem"), Key: c.tls(services.Gateway + "-key.pem"), Authority: c.tls(AuthorityFile),
	})
	if err != nil {
		return err
	}
	c.conns = conns{}
	for _, service := range services.All() {
		conn, err := client.Dial(c.target(service), client.Config{TLS: identity.Client(service)})
		if err != nil {
			return err
		}
		c.onClose(conn.Close)
		c.conns[service] = conn
	}
	return nil
}

var _ grpc.ClientConnInterface = conns(nil)

// Invoke implements [grpc.ClientConnInterface].
func (c conns) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	service := serviceOf(method)
	if journal, ok := args.(interface{ GetLog() string }); ok && service == "journal" {
		service = strings.TrimPrefix(journal.GetLog(), "logs/")
	}
	conn, err := c.to(service, method)
	if err != nil {
		return err
	}
	return conn.Invoke(ctx, method, args, reply, opts...)
}

// NewStream implements [grpc.ClientConnInterface]. A stream of a journal names its log only in its first message, so it
// is asked of its own service instead.
func (c conns) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	conn, err := c.to(serviceOf(method), method)
	if err != nil {
		return nil, err
	}
	return conn.NewStream(ctx, d, method, opts...)
}

func (c conns) to(service, method string) (*grpc.ClientConn, error) {
	conn, ok := c[service]
	if !ok {
		return nil, status.Error(codes.Unimplemented, fmt.Sprintf("no service of the cluster answers %s", method))
	}
	return conn, nil
}

// serviceOf is org of /wancun.org.v1.OrganizationService/GetOrganization.
func serviceOf(method string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(method, "/wancun."), ".")
	return name
}
