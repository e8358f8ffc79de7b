package suite

import (
	"os/exec"
	"syscall"
)

// EndWithTests lets the system ask a process to stop if this one is killed, say by go test's own time limit.
func EndWithTests(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
