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

// patience bounds every wait. It is far longer than any successful step takes.
const patience = 3 * time.Minute

type running struct {
	cmd   *exec.Cmd
	out   transcript    // its standard output
	notes chan string   // the lines of its standard error; closed at its end, with room for all lines
	ended chan struct{} // closed when the process has ended
}

// manyNotes is more than the number of lines that any process here writes.
const manyNotes = 10_000

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
		_ = c.Wait() // ProcessState holds the result
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

// start starts wancun. At the end of the test it is asked to stop, and killed if it does not.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	return startProgram(t, "wancun", args...)
}

// startCluster starts wancun-cluster, in the same way as start.
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

// logs prints the ends of the logs of a cluster's processes.
func (r *running) logs(t *testing.T) {
	t.Helper()
	at := slices.Index(r.cmd.Args, "--data")
	if at < 0 {
		return
	}
	files, _ := filepath.Glob(filepath.Join(r.cmd.Args[at+1], "log", "*.log")) // the only error is a bad pattern
	for _, file := range files {
		const enough = 2 << 10
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			t.Logf("%s ends with:\n%s", file, text[max(0, len(text)-enough):])
		}
	}
}

// wait waits until the process ends and returns its exit code.
func (r *running) wait() int {
	<-r.ended
	return r.cmd.ProcessState.ExitCode()
}

// signal sends a signal, waits for the end of the process and returns its exit code.
func (r *running) signal(t *testing.T, by syscall.Signal) int {
	t.Helper()
	if err := r.cmd.Process.Signal(by); err != nil {
		t.Fatalf("signal %s: %v", r.cmd, err)
	}
	return r.wait()
}

// over reports whether the process has ended.
func (r *running) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// gaveUp skips the test if the cluster ended because a server's binary is missing. Otherwise it fails the test.
func (r *running) gaveUp(t *testing.T) {
	t.Helper()
	said := r.said()
	if strings.Contains(said, "is not installed") {
		suite.Missing(t, said)
	}
	t.Fatalf("the cluster ended:\n%s", said)
}

// said returns the output of an ended process: its standard output, and the unread lines of its standard error.
func (r *running) said() string {
	text := r.out.String()
	for line := range r.notes {
		text += line + "\n"
	}
	return text
}

// transcript collects the output of a process and can be read at any time. The zero value is empty.
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
