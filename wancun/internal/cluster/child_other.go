//go:build !linux

package cluster

import "syscall"

// endWithParent does nothing: this system has no such feature. If this process is killed, its children keep running.
func endWithParent(*syscall.SysProcAttr, syscall.Signal) {}
