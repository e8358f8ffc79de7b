//go:build cluster

package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wancun/wancun/tests/suite"
)

// bin is the folder with all binaries, built before the tests run. It is kept, so that the go command links again only
// what has changed.
var bin = suite.File(".bin/tested/cluster")

// patience ends whatever hangs; nothing that works comes near it.
const patience = 3 * time.Minute

func TestMain(m *testing.M) {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := neverCached(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// build builds all binaries as a release does.
func build() error {
	c := exec.Command("go", "build", "-o", bin+"/", "./wancun/cmd/wancun", "./services/org/cmd/org",
		"./services/village/cmd/village", "./services/action/cmd/action", "./services/report/cmd/report", "./gateway/cmd/gateway")
	c.Dir = suite.File("")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build the binaries: %w\n%s", err, out)
	}
	return nil
}

// neverCached keeps the go command from remembering this run: it does not know that the result depends on the binaries,
// and a file that a test opened and that is newer than the run makes it forget.
func neverCached() error {
	f, err := os.CreateTemp(suite.File("tests"), ".run-*.out")
	if err != nil {
		return fmt.Errorf("mark the run: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// running is a process of a binary.
type running struct {
	name  string
	cmd   *exec.Cmd
	out   bytes.Buffer  // to be read when it has ended
	notes chan string   // the lines of its standard error, closed with it; there is room for all of them
	ended chan struct{} // closed when it is gone
}

// manyNotes is more than any process here has to say.
const manyNotes = 10_000

// start starts a binary, which is asked to end with the test, and killed if it does not.
func start(t *testing.T, name string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	r := &running{
		name: name, cmd: exec.CommandContext(ctx, filepath.Join(bin, name), args...),
		notes: make(chan string, manyNotes), ended: make(chan struct{}),
	}
	r.cmd.Cancel = func() error { return r.cmd.Process.Signal(syscall.SIGTERM) }
	r.cmd.WaitDelay = 30 * time.Second
	r.cmd.Stdout = &r.out
	said, err := r.cmd.StderrPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			r.notes <- lines.Text()
		}
		close(r.notes)
		_ = r.cmd.Wait() // the code tells
		close(r.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, r.said())
		}
	})
	return r
}

// said is what the process, which has ended, said that nobody has taken.
func (r *running) said() string {
	text := r.out.String()
	for line := range r.notes {
		text += line + "\n"
	}
	return text
}

// signal asks the process to end and returns its exit code.
func (r *running) signal(t *testing.T, by syscall.Signal) int {
	t.Helper()
	if err := r.cmd.Process.Signal(by); err != nil {
		t.Fatalf("signal %s: %v", r.name, err)
	}
	<-r.ended
	return r.cmd.ProcessState.ExitCode()
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

// run runs a binary to its end, which must be a good one, and returns its standard output.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	r := start(t, name, args...)
	<-r.ended
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s", name, strings.Join(args, " "), code, r.said())
	}
	return r.out.String()
}

// servers are the flags by which a cluster uses the test's own PostgreSQL and Redis.
func servers(t *testing.T) []string {
	t.Helper()
	postgres, redis := suite.Postgres(t), os.Getenv("WANCUN_TEST_REDIS")
	switch {
	case redis == "" && os.Getenv("CI") == "true":
		t.Fatal("WANCUN_TEST_REDIS is not set, and CI=true allows no skipping")
	case redis == "":
		t.Skip("skipped: WANCUN_TEST_REDIS is not set")
	}
	return []string{"--postgres", postgres, "--redis", redis}
}

// replica is a process of a cluster, as cluster.json has it.
type replica struct {
	Name, Part   string
	PID          int
	Address, Ops string
}

// state is what cluster.json says.
type state struct {
	Issuer, Gateway string
	Processes       []replica
}

// read reads what is known of the cluster in a directory; false if none runs there yet, or no more.
func read(t *testing.T, dir string) (state, bool) {
	t.Helper()
	var s state
	text, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
	if err != nil {
		return s, false
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatalf("read cluster.json: %v", err)
	}
	return s, true
}

// named is the replica of that name.
func (s state) named(t *testing.T, name string) replica {
	t.Helper()
	for _, r := range s.Processes {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no process %s", name)
	return replica{}
}

// ready reports whether a process says that calls may be sent to it.
func ready(t *testing.T, ops string) bool {
	t.Helper()
	_, err := fetch(t.Context(), "http://"+ops+"/readyz", "")
	return err == nil
}
