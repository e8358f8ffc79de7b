package cluster

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wancun/wancun/tests/suite"
)

// patience ends whatever hangs; nothing that works comes near it.
const patience = 3 * time.Minute

// running is a process.
type running struct {
	cmd   *exec.Cmd
	out   transcript    // its standard output
	notes chan string   // the lines of its standard error, closed with it; there is room for all of them
	ended chan struct{} // closed when it is gone
}

// manyNotes is more than any process here has to say.
const manyNotes = 10_000

// launch starts a command.
func launch(c *exec.Cmd) (*running, error) {
	r := &running{cmd: c, notes: make(chan string, manyNotes), ended: make(chan struct{})}
	c.Stdout = &r.out
	said, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c, err)
	}
	go func() {
		r.listen(said)
		_ = c.Wait() // the code tells
		close(r.ended)
	}()
	return r, nil
}

func (r *running) listen(said io.Reader) {
	defer close(r.notes)
	for lines := bufio.NewScanner(said); lines.Scan(); {
		r.notes <- lines.Text()
	}
}

// start starts wancun, which is asked to end with the test, and killed if it does not.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	return startProgram(t, "wancun", args...)
}

// startCluster starts wancun-cluster as start does wancun.
func startCluster(t *testing.T, args ...string) *running {
	t.Helper()
	return startProgram(t, "wancun-cluster", args...)
}

func startProgram(t *testing.T, name string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	r, err := launch(suite.Program(ctx, name, args...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		<-r.ended
		if t.Failed() {
			t.Logf("%s said:\n%s", r.cmd, r.said())
			r.logs(t)
		}
	})
	return r
}

// logs shows how the logs of a cluster's processes end.
func (r *running) logs(t *testing.T) {
	t.Helper()
	at := slices.Index(r.cmd.Args, "--data")
	if at < 0 {
		return
	}
	files, _ := filepath.Glob(filepath.Join(r.cmd.Args[at+1], "log", "*.log")) // the pattern is good
	for _, file := range files {
		const enough = 2 << 10
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			t.Logf("%s ends with:\n%s", file, text[max(0, len(text)-enough):])
		}
	}
}

// wait waits for the end of the process and returns its exit code.
func (r *running) wait() int {
	<-r.ended
	return r.cmd.ProcessState.ExitCode()
}

// signal asks the process to end and returns its exit code.
func (r *running) signal(t *testing.T, by syscall.Signal) int {
	t.Helper()
	if err := r.cmd.Process.Signal(by); err != nil {
		t.Fatalf("signal %s: %v", r.cmd, err)
	}
	return r.wait()
}

// over reports whether the process is gone.
func (r *running) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// gaveUp skips a test whose cluster ended for want of a server's binary, and fails it if it ended for another reason.
func (r *running) gaveUp(t *testing.T) {
	t.Helper()
	said := r.said()
	if strings.Contains(said, "is not installed") {
		suite.Missing(t, said)
	}
	t.Fatalf("the cluster ended:\n%s", said)
}

// said is what the process, which has ended, said that nobody has taken.
func (r *running) said() string {
	text := r.out.String()
	for line := range r.notes {
		text += line + "\n"
	}
	return text
}

// transcript is what a process says, to be read meanwhile. The zero value is empty.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
