package cli

import "net"

// Polite is a connection as a probe uses it.
func Polite(c net.Conn) net.Conn { return &polite{Conn: c, asked: make(chan struct{})} }
