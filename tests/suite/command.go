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

// patience ends whatever hangs; nothing that works comes near it.
const patience = time.Minute

// Result is what a command left behind.
type Result struct {
	Code     int
	Out, Err string // standard output and standard error
}

// Run runs a subcommand to its end, whatever its exit code.
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

// MustRun is Run for a command that must succeed; it returns its standard output.
func MustRun(tb testing.TB, args ...string) string {
	tb.Helper()
	r := Run(tb, args...)
	if r.Code != 0 {
		tb.Fatalf("wancun %s: exit code %d\n%s%s", strings.Join(args, " "), r.Code, r.Out, r.Err)
	}
	return r.Out
}

// Command is a command line of wancun; see Program.
func Command(ctx context.Context, args ...string) *exec.Cmd { return Program(ctx, "wancun", args...) }

// Program is a command line of a binary that Main has built. When the context ends, or on Linux this process, it is asked to stop as an
// operator would, and not waited for for ever.
func Program(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(binaries, name), args...)
	c.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = patience
	EndWithTests(c)
	return c
}
