package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// program describes a process to start.
type program struct {
	name string // for example org-1
	path string
	args []string
	dir  string
	log  string
	as   *syscall.Credential // the user to run as; nil: the user of this process
	// term is the signal that asks the process to stop; patience is how long it may then take.
	term     syscall.Signal
	patience time.Duration
}

// child is a running process.
type child struct {
	program
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
}

// nursery starts processes from one thread that lives until close: on Linux the death signal of a child is bound to the
// thread that started it.
type nursery struct{ births chan func() }

func newNursery() *nursery {
	n := &nursery{births: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		for birth := range n.births {
			birth()
		}
	}()
	return n
}

// close ends the thread. On Linux the system then ends every process that is still running.
func (n *nursery) close() { close(n.births) }

// start starts a process and appends its output to its log file.
func (n *nursery) start(p program) (*child, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	defer log.Close() //nolint:errcheck // the child has its own
	// No context: the process is stopped by stop, in order.
	cmd := exec.CommandContext(context.Background(), p.path, p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.Env = append(cmd.Environ(), "PGAPPNAME="+p.name) // names the process in PostgreSQL's pg_stat_activity
	// A process group of its own: Ctrl-C then reaches only this process, which stops the others in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.as}
	endWithParent(cmd.SysProcAttr, p.term)
	started := make(chan error)
	n.births <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	c := &child{program: p, cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // ProcessState holds the result
		close(c.ended)
	}()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// ask sends the stop signal and does not wait.
func (c *child) ask() error {
	if err := c.cmd.Process.Signal(c.term); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.name, err)
	}
	return nil
}

// end waits until an asked process has ended. After its patience it kills the process and returns an error.
func (c *child) end() error {
	limit := time.NewTimer(c.patience)
	defer limit.Stop()
	select {
	case <-c.ended:
		return nil
	case <-limit.C:
	}
	_ = c.cmd.Process.Kill() // it may have ended already
	<-c.ended
	return fmt.Errorf("%s did not end within %v and was killed", c.name, c.patience)
}

// stop asks all processes to stop, then waits for all of them.
func stop(children ...*child) error {
	var failed error
	for _, c := range children {
		failed = errors.Join(failed, c.ask())
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range children {
		all.Go(func() {
			err := c.end()
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	all.Wait()
	return failed
}

// poll is the interval at which a starting process is checked.
const poll = 20 * time.Millisecond

// until waits until the condition is true, for at most limit. It fails early if the process ends.
func (c *child) until(ctx context.Context, limit time.Duration, condition func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again := time.NewTicker(poll)
	defer again.Stop()
	for !condition(ctx) {
		select {
		case <-again.C:
		case <-c.ended:
			return fmt.Errorf("%s ended (%v); its log %s ends with:\n%s", c.name, c.cmd.ProcessState, c.log, lastLines(c.log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v; its log %s ends with:\n%s", c.name, limit, c.log, lastLines(c.log))
		}
	}
	return nil
}
