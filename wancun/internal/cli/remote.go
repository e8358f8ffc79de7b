package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/fault"
)

// remote is the suite that a command talks to.
type remote struct {
	Server string `help:"Where the suite serves gRPC: http://host:port, or https:// with TLS (${default})." default:"http://127.0.0.1:9090" placeholder:"URL"`
}

// dial connects to the suite.
func (r remote) dial() (*grpc.ClientConn, error) {
	u, err := url.Parse(r.Server)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("--server: %q is not http://host:port", r.Server)
	}
	var c client.Config
	switch u.Scheme {
	case "http":
	case "https":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	default:
		return nil, fmt.Errorf("--server: %q is neither http:// nor https://", r.Server)
	}
	return client.Dial(u.Host, c)
}

// describe is an error as its user reads it: what a service says of itself, without gRPC's wrapping.
func describe(err error) string {
	f, ok := fault.From(err)
	if !ok {
		return err.Error()
	}
	var received interface {
		error
		GRPCStatus() *status.Status
	}
	where := ""
	if errors.As(err, &received) {
		where = strings.TrimSuffix(err.Error(), received.Error())
	}
	switch {
	case f.Reason() != "":
		return fmt.Sprintf("%s%s: %s", where, f.Reason(), f.Message())
	case f.Code() == codes.Unavailable:
		return fmt.Sprintf("%sthe suite does not answer; is wancun up running, and where --server says? (%s)", where, f.Message())
	}
	return fmt.Sprintf("%s%s: %s", where, f.Code(), f.Message())
}
