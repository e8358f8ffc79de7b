package cluster

import "syscall"

// endWithParent makes the system send a signal to the process when its parent dies, even if the parent was killed.
func endWithParent(a *syscall.SysProcAttr, by syscall.Signal) { a.Pdeathsig = by }
