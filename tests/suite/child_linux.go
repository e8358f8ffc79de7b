package suite

import (
	"os/exec"
	"syscall"
)

// EndWithTests makes the system send SIGTERM to the process if this process is killed, for example by the time limit of
// go test.
func EndWithTests(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
