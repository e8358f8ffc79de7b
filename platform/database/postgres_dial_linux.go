package database

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// userTimeout limits how long sent data may stay unacknowledged. TCP itself waits for a quarter of an hour.
func userTimeout(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unacknowledged.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
