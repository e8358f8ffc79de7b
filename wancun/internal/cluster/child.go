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

// program is a process to be started.
type program struct {
	name string // org-1
	path string
	args []string
	dir  string
	log  string
	as   *syscall.Credential // nil: as this process
	// term asks it to end; it gets patience to do so.
	term     syscall.Signal
	patience time.Duration
}

// child is a running process.
type child struct {
	program
	cmd   *exec.Cmd
	ended chan struct{} // closed when it is gone
}

// nursery starts processes, all from one thread, since on Linux it is a thread's end that they notice.
type nursery struct{ births chan func() }

func newNursery() *nursery {
	n := &nursery{births: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for birth := range n.births {
			birth()
		}
	}()
	return n
}

// close ends the thread, and with it, on Linux, everything that is still running.
func (n *nursery) close() { close(n.births) }

// start starts a process. Its output is appended to its log.
func (n *nursery) start(p program) (*child, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	defer log.Close() //nolint:errcheck // the child has its own
	// It is stopped in order, not when a context ends.
	cmd := exec.CommandContext(context.Background(), p.path, p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.Env = append(cmd.Environ(), "PGAPPNAME="+p.name) // so that PostgreSQL's pg_stat_activity names the process
	// A group of its own: Ctrl-C reaches this process alone, which then stops the others in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.as}
	endWithParent(cmd.SysProcAttr, p.term)
	started := make(chan error)
	n.births <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	c := &child{program: p, cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // what it says is in ProcessState
		close(c.ended)
	}()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// ask asks the process to end, without waiting.
func (c *child) ask() error {
	if err := c.cmd.Process.Signal(c.term); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.name, err)
	}
	return nil
}

// end waits until a process that was asked has ended, and ends it if it does not.
func (c *child) end() error {
	limit := time.NewTimer(c.patience)
	defer limit.Stop()
	select {
	case <-c.ended:
		return nil
	case <-limit.C:
	}
	_ = c.cmd.Process.Kill() // it may be gone by now
	<-c.ended
	return fmt.Errorf("%s did not end within %v and was killed", c.name, c.patience)
}

// stop asks all and then waits for all.
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

// poll is how often something that is starting is asked whether it has.
const poll = 20 * time.Millisecond

// until waits for the condition while the process runs, for at most limit.
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
