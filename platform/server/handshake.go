package server

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"

	"google.golang.org/grpc/credentials"

	"github.com/wancun/wancun/platform/server/mtls"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// handshakes is the TLS of a server, which logs the peers that it refuses: gRPC answers them alone, and only that their
// certificate is bad. A refused peer tries again every few seconds and is logged once a minute. Peers are distinguished by the
// names in a certificate of the authority. All others are one peer, since they could have a new name each time.
type handshakes struct {
	credentials.TransportCredentials
	logger *slog.Logger
}

func newHandshakes(c *tls.Config, d Deps) handshakes {
	return handshakes{credentials.NewTLS(c), loglimit.New(d.Logger, loglimit.Config{Keys: []string{"names"}})}
}

// ServerHandshake implements [credentials.TransportCredentials].
func (h handshakes) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := h.TransportCredentials.ServerHandshake(raw)
	if err != nil && !errors.Is(err, io.EOF) { // EOF: the peer only looked whether the port is open
		attributes := []any{"peer", raw.RemoteAddr().String()}
		if known, ok := errors.AsType[*mtls.RefusedError](err); ok {
			attributes = append(attributes, "names", known.Names, "accepted", known.Accepted)
		}
		h.logger.Warn("TLS handshake refused", append(attributes, "error", err)...)
	}
	return conn, info, err
}

// Clone implements [credentials.TransportCredentials].
func (h handshakes) Clone() credentials.TransportCredentials {
	return handshakes{h.TransportCredentials.Clone(), h.logger}
}
