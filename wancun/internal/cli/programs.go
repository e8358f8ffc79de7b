package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/alecthomas/kong"

	gatewayprogram "github.com/wancun/wancun/gateway/program"
	"github.com/wancun/wancun/platform/process"
	actionprogram "github.com/wancun/wancun/services/action/program"
	orgprogram "github.com/wancun/wancun/services/org/program"
	reportprogram "github.com/wancun/wancun/services/report/program"
	villageprogram "github.com/wancun/wancun/services/village/program"
)

// programs maps the name of each part of the suite to the function that runs it as a process of its own.
func programs() map[string]func(context.Context, process.Call) int {
	return map[string]func(context.Context, process.Call) int{
		"org": orgprogram.Run, "village": villageprogram.Run, "action": actionprogram.Run, "report": reportprogram.Run,
		"gateway": gatewayprogram.Run,
	}
}

// Arguments converts a process's command line (os.Args) to the arguments of Run. Called by the name of a part of the
// suite, for example through a link, wancun runs that part. So one file holds all programs, and each is started and
// listed among the processes under its own name.
func Arguments(line []string) []string {
	if len(line) == 0 {
		return nil
	}
	name := filepath.Base(line[0])
	if _, ok := programs()[name]; ok {
		return append([]string{name}, line[1:]...)
	}
	return line[1:]
}

// programCommand passes all arguments after its name to the program of that name.
type programCommand struct {
	Args []string `arg:"" optional:""`
}

// programEnded is the exit code of a program that has already reported its errors.
type programEnded int

// Error implements error.
func (e programEnded) Error() string { return fmt.Sprintf("ended with code %d", int(e)) }

// Run runs the program until ctx ends.
func (c *programCommand) Run(ctx context.Context, t *terminal, k *kong.Context) error {
	code := programs()[k.Selected().Name](ctx, process.Call{Args: c.Args, Stdout: t.out, Stderr: t.note})
	if code != exitOK {
		return programEnded(code)
	}
	return nil
}
