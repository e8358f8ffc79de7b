package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/wancun/wancun/platform/config"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Call is how a program was called.
type Call struct {
	// Args are the command line without the program's own name.
	Args []string
	// Stdout takes what was asked for, Stderr the log.
	Stdout, Stderr io.Writer
}

// fromSystem runs until a signal asks for the end. A second one is left to the system, which ends the process.
func fromSystem(run func(context.Context, Call) int) int {
	LimitMemory()
	SpareCollector()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	return run(ctx, Call{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr})
}

// versionCommand is a command of every program; parse does what it says.
type versionCommand struct{}

// parse reads the settings of the named program into grammar, and returns the command that was chosen. If there is
// nothing left to do, it returns the exit code and false.
func parse(name, description string, grammar any, call Call) (command string, code int, proceed bool) {
	args := call.Args
	if slices.Equal(args, []string{"--version"}) {
		args = []string{"version"}
	}
	parsed, err := config.Parse(config.Program{
		Name: name, Description: description, Args: args, Stdout: call.Stdout, Stderr: call.Stderr,
	}, grammar)
	switch {
	case errors.Is(err, config.ErrDone):
		return "", exitOK, false
	case err != nil:
		_, _ = fmt.Fprintf(call.Stderr, "%s: %v\nTry %s --help.\n", name, err, name) // there is nobody else to tell
		return "", exitUsage, false
	case parsed.Command() == "version":
		_, _ = fmt.Fprintln(call.Stdout, VersionLine(name)) // a closed pipe is the reader's wish
		return "", exitOK, false
	}
	return parsed.Command(), exitOK, true
}

// within runs what a process is for between its opening and its closing, and puts what went wrong into its log.
func within(ctx context.Context, name string, c *Common, call Call, do func(context.Context, *Process) error) int {
	p, err := open(ctx, name, c, call.Stderr)
	if p == nil {
		_, _ = fmt.Fprintf(call.Stderr, "%s: %v\n", name, err) // there is nobody else to tell
		return exitFailed
	}
	if err == nil {
		err = do(ctx, p)
	}
	if err = errors.Join(err, p.close()); err != nil {
		p.Logger.Error("ended", "error", err)
		return exitFailed
	}
	p.Logger.Info("ended")
	return exitOK
}
