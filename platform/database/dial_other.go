//go:build !linux

package database

import "syscall"

// userTimeout has no means here.
func userTimeout(string, string, syscall.RawConn) error { return nil }
