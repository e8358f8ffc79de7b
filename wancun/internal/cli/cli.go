// Package cli implements the wancun command. Each subcommand is a type that calls the packages that do the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/wancun/wancun/wancun/internal/demo"
)

// commands are the subcommands with their flags.
type commands struct {
	Up       upCommand       `cmd:"" help:"Run the whole suite in this process."`
	Demo     demoCommand     `cmd:"" help:"Load the 2019 notice's campaign in a temporary directory and print its bulletin."`
	Load     loadCommand     `cmd:"" help:"Load CSV files: divisions, villages, organizations, needs, deliveries, statements."`
	Play     playCommand     `cmd:"" help:"Make the calls of a scenario, each as the person that its line names."`
	Bulletin bulletinCommand `cmd:"" help:"Print a campaign's bulletin."`
	Verify   verifyCommand   `cmd:"" help:"Check a suite's journals, trusting their public keys alone."`
	Token    tokenCommand    `cmd:"" help:"Mint a token for scripts."`
	Invite   inviteCommand   `cmd:"" help:"Print a link with which a person creates an account that has a role."`
	Keys     keysCommand     `cmd:"" help:"Make the keys of a cluster's services."`
	Certs    certsCommand    `cmd:"" help:"Make a development authority and certificates for mTLS between processes."`
	Version  versionCommand  `cmd:"" help:"Print the version (also: --version)."`

	Org     programCommand `cmd:"" passthrough:"" group:"processes" help:"Organizations."`
	Village programCommand `cmd:"" passthrough:"" group:"processes" help:"Divisions, villages, scopes and needs."`
	Action  programCommand `cmd:"" passthrough:"" group:"processes" help:"Campaigns and deliveries."`
	Report  programCommand `cmd:"" passthrough:"" group:"processes" help:"Statements, rollups and bulletins."`
	Gateway programCommand `cmd:"" passthrough:"" group:"processes" help:"REST in front of the four."`
}

// terminal is where a command writes: its results to out, and everything else to note.
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

// errFailed means that the command has already reported its errors to the user.
var errFailed = errors.New("failed")

// Run runs the command line and returns its exit code: 0, 1 if the command failed or its result could not be written, 2
// for wrong usage. The command ends when ctx does. It may write from several goroutines at once, so out and note must
// be safe for concurrent writes, as files are.
func Run(ctx context.Context, args []string, out, note io.Writer) int {
	result := &output{to: out, note: note}
	return result.ended(run(ctx, args, result, note))
}

func run(ctx context.Context, args []string, out *output, note io.Writer) int {
	t := &terminal{out: out, note: note, now: time.Now, logger: slog.New(slog.NewTextHandler(note, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	exited := -1
	parser, err := kong.New(&commands{}, kong.Name("wancun"), kong.Writers(out, note),
		kong.Description("Wancun mobilises social organizations to help poor villages, and proves what was achieved."),
		kong.Vars{"roles": strings.Join(roles(), ","), "role_list": strings.Join(roles(), ", "), "campaign": demo.CampaignID},
		kong.ExplicitGroups([]kong.Group{{
			Key: "processes", Title: "One process of a cluster (also by its own name, through a link to wancun):",
		}}),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t))
	if err != nil {
		t.notef("wancun: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(customary(args))
	if exited >= 0 { // --help
		return exited
	}
	if err != nil && out.broken() { // writing the help text failed; the usage was right
		return exitFailed
	}
	if err != nil {
		return misused(t, parser, err)
	}
	var ended programEnded
	switch err := parsed.Run(); {
	case err == nil:
		return exitOK
	case errors.As(err, &ended):
		return int(ended)
	case errors.Is(err, errFailed):
	case ctx.Err() != nil:
		t.notef("wancun: interrupted\n")
	default:
		t.notef("wancun: %s\n", describe(err))
	}
	return exitFailed
}

// customary translates the usual forms --version and help COMMAND into the commands of this program.
func customary(args []string) []string {
	switch {
	case slices.Equal(args, []string{"--version"}):
		return []string{"version"}
	case len(args) > 0 && args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// misused prints the usage and the error of a wrong command line.
func misused(t *terminal, parser *kong.Kong, err error) int {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) {
		parser.Stdout = t.note
		if err := wrong.Context.PrintUsage(true); err == nil {
			t.notef("\n")
		}
	}
	t.notef("wancun: %v\n", err)
	return exitUsage
}

// printf writes to the result. The output records write errors, so that callers need not check them.
func (t *terminal) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

// notef writes a message that is not part of the result.
func (t *terminal) notef(format string, args ...any) { _, _ = fmt.Fprintf(t.note, format, args...) }
