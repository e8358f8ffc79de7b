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

// Call is the invocation of a program.
type Call struct {
	// Args is the command line without the name of the program.
	Args []string
	// Stdout receives the output of commands, Stderr the log.
	Stdout, Stderr io.Writer
}

// fromSystem runs a program until the first signal. A second signal ends the process at once.
func fromSystem(run func(context.Context, Call) int) int {
	LimitMemory()
	SpareCollector()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	return run(ctx, Call{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr})
}

// versionCommand is a command of every program. parse runs it.
type versionCommand struct{}

// parse reads the settings of the named program into grammar, and returns the chosen command. It returns the exit code
// and false if nothing remains to be done.
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
		_, _ = fmt.Fprintf(call.Stderr, "%s: %v\nTry %s --help.\n", name, err, name) // there is no log yet
		return "", exitUsage, false
	case parsed.Command() == "version":
		_, _ = fmt.Fprintln(call.Stdout, VersionLine(name)) // the reader may close the pipe
		return "", exitOK, false
	}
	return parsed.Command(), exitOK, true
}

// within opens the process, runs do, closes the process, and logs the errors of all three.
func within(ctx context.Context, name string, c *Common, call Call, do func(context.Context, *Process) error) int {
	p, err := open(ctx, name, c, call.Stderr)
	if p == nil {
		_, _ = fmt.Fprintf(call.Stderr, "%s: %v\n", name, err) // there is no other place to report it
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
