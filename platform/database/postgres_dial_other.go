//go:build !linux

package database

import "syscall"

// userTimeout does nothing: TCP_USER_TIMEOUT exists on Linux only.
func userTimeout(string, string, syscall.RawConn) error { return nil }
