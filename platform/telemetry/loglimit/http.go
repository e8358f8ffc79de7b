package loglimit

import (
	"log"
	"log/slog"
	"regexp"
	"strings"
)

// HTTP returns the ErrorLog of an HTTP server. It writes to l at level WARN. Lines that differ only in the addresses of
// clients are equal, so that many failed TLS handshakes write one line a minute. The first address is the attribute
// peer.
func HTTP(l *slog.Logger) *log.Logger {
	return log.New(httpLines{New(l, Config{})}, "", 0)
}

type httpLines struct{ logger *slog.Logger }

// address matches a host and a port as the HTTP server writes them.
var address = regexp.MustCompile(`\S*[\w\]]:\d{1,5}\b`)

// Write implements [io.Writer]. It keeps the stack trace below the first line.
func (h httpLines) Write(text []byte) (int, error) {
	first, rest, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	var attributes []any
	if peer := address.FindString(first); peer != "" {
		attributes = append(attributes, "peer", peer)
	}
	if rest != "" {
		attributes = append(attributes, "stack", rest)
	}
	h.logger.Warn(address.ReplaceAllString(first, "PEER"), attributes...)
	return len(text), nil
}
