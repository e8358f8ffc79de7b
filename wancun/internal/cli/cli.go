// Package cli is the wancun command: one type per subcommand, each a few calls into the packages that do the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/alecthomas/kong"
)

// commands are the subcommands with their flags.
type commands struct {
	Up       upCommand       `cmd:"" help:"Run the whole suite in this process."`
	Demo     demoCommand     `cmd:"" help:"Load the 2019 notice's campaign in a temporary directory and print its bulletin."`
	Load     loadCommand     `cmd:"" help:"Load CSV files: divisions, villages, organizations, needs, deliveries, statements."`
	Bulletin bulletinCommand `cmd:"" help:"Print a campaign's bulletin."`
	Verify   verifyCommand   `cmd:"" help:"Check a suite's journals, trusting their public keys alone."`
	Token    tokenCommand    `cmd:"" help:"Mint a token for scripts."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// terminal is where a command talks to its user: results go to out, everything else to note.
type terminal struct {
	out, note io.Writer
	now       func() time.Time
	logger    *slog.Logger
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// errFailed says that the command has told its user already what went wrong.
var errFailed = errors.New("failed")

// Run runs the command line and returns its exit code: 0, 1 if the command failed, 2 if it was called wrongly.
func Run(ctx context.Context, args []string, out, note io.Writer) int {
	t := &terminal{out: out, note: note, now: time.Now, logger: slog.New(slog.NewTextHandler(note, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("wancun"), kong.Writers(out, note), kong.UsageOnError(),
		kong.Description("Wancun mobilises social organizations to help poor villages, and proves what was achieved."),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t))
	if err != nil {
		_, _ = fmt.Fprintln(note, "wancun:", err) // there is nobody else to tell
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(note, "wancun: %v\nTry wancun --help.\n", err)
		return exitUsage
	}
	switch err := parsed.Run(); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	default:
		_, _ = fmt.Fprintln(note, "wancun:", describe(err))
		return exitFailed
	}
}

// printf writes to the user's result. A closed pipe is the reader's wish.
func (t *terminal) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

// notef writes what is not the result.
func (t *terminal) notef(format string, args ...any) { _, _ = fmt.Fprintf(t.note, format, args...) }
