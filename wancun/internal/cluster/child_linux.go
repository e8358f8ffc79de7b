package cluster

import "syscall"

// endWithParent lets the system end a process if this one is killed and cannot.
func endWithParent(a *syscall.SysProcAttr, by syscall.Signal) { a.Pdeathsig = by }
