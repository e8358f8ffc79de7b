package server

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"

	"github.com/wancun/wancun/platform/server/mtls"
)

const (
	// refusalEvery is how often one peer's refusal is told again: it comes back every few seconds, for ever.
	refusalEvery = time.Minute
	// refusalsKept bounds the peers that are told apart. The authority names them, so there are few.
	refusalsKept = 100
)

// handshakes are the server's TLS, with a line in the log for peers that it refuses: gRPC tells them alone, and no more
// than that their certificate is bad.
type handshakes struct {
	credentials.TransportCredentials
	refusals *refusals
}

func newHandshakes(c *tls.Config, d Deps) handshakes {
	return handshakes{credentials.NewTLS(c), &refusals{logger: d.Logger, clock: d.Clock, told: map[string]time.Time{}}}
}

// ServerHandshake implements [credentials.TransportCredentials].
func (h handshakes) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := h.TransportCredentials.ServerHandshake(raw)
	if err != nil && !errors.Is(err, io.EOF) { // one who only looks whether the port is open
		h.refusals.tell(raw.RemoteAddr(), err)
	}
	return conn, info, err
}

// Clone implements [credentials.TransportCredentials].
func (h handshakes) Clone() credentials.TransportCredentials {
	return handshakes{h.TransportCredentials.Clone(), h.refusals}
}

// refusals says who was refused, each peer once in a while. Only a certificate of the authority says who it is, so all
// others are one peer: they could have a new name each time.
type refusals struct {
	logger *slog.Logger
	clock  func() time.Time

	mu   sync.Mutex
	told map[string]time.Time
}

func (r *refusals) tell(from net.Addr, err error) {
	var known *mtls.RefusedError
	if !errors.As(err, &known) {
		if r.due("") {
			r.logger.Warn("a peer was refused", "peer", from.String(), "error", err)
		}
		return
	}
	if r.due(strings.Join(known.Names, " ")) {
		r.logger.Warn("a peer was refused", "peer", from.String(), "names", known.Names, "accepted", known.Accepted, "error", err)
	}
}

func (r *refusals) due(peer string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	if last, ok := r.told[peer]; ok && now.Sub(last) < refusalEvery {
		return false
	}
	if len(r.told) >= refusalsKept {
		clear(r.told)
	}
	r.told[peer] = now
	return true
}
