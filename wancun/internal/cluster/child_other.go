//go:build !linux

package cluster

import "syscall"

// endWithParent has no means here: who kills this process must stop the others.
func endWithParent(*syscall.SysProcAttr, syscall.Signal) {}
