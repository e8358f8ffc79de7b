package cli

import "net"

// Polite wraps a connection as isGateway does.
func Polite(c net.Conn) net.Conn { return &polite{Conn: c, asked: make(chan struct{})} }
