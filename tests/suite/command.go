package suite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait. It is far longer than any successful step takes.
const patience = time.Minute

// Result is the outcome of a command.
type Result struct {
	Code     int
	Out, Err string // standard output and standard error
}

// Run runs a subcommand to its end. Any exit code is allowed.
func Run(tb testing.TB, args ...string) Result {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	var out, note bytes.Buffer
	c := Command(ctx, args...)
	c.Stdout, c.Stderr = &out, &note
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		tb.Fatalf("wancun %s does not end:\n%s%s", strings.Join(args, " "), &out, &note)
	case err != nil && !errors.As(err, &exit):
		tb.Fatalf("wancun %s: %v", strings.Join(args, " "), err)
	}
	return Result{Code: c.ProcessState.ExitCode(), Out: out.String(), Err: note.String()}
}

// MustRun is Run for a command that must succeed. It returns the standard output.
func MustRun(tb testing.TB, args ...string) string {
	tb.Helper()
	r := Run(tb, args...)
	if r.Code != 0 {
		tb.Fatalf("wancun %s: exit code %d\n%s%s", strings.Join(args, " "), r.Code, r.Out, r.Err)
	}
	return r.Out
}

// Command returns a command that runs wancun; see Program.
func Command(ctx context.Context, args ...string) *exec.Cmd { return Program(ctx, "wancun", args...) }

// Program returns a command that runs a binary built by Main. When ctx ends, and on Linux when this process ends, the
// binary is asked to stop. If it is still running after a time limit, it is killed.
func Program(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(binaries, name), args...)
	c.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = patience
	EndWithTests(c)
	return c
}
