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

// handshakes are the TLS credentials of a server. They log the peers that the server refuses, since gRPC reports the
// refusal only to the peer, as a bad certificate. A refused peer retries every few seconds and is logged once a minute.
// Peers are distinguished by the names in a certificate of the authority. All other peers count as one peer, because
// they could use a new name each time.
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
	if err != nil && !errors.Is(err, io.EOF) { // EOF: the peer only checked whether the port is open
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
