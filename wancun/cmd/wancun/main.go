// Command wancun is the whole suite in one binary. It serves the suite, loads data, prints bulletins and verifies
// journals. Called by the name of a part of the suite, it runs that part as a process of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/wancun/internal/cli"
)

func main() {
	process.LimitMemory()
	process.SpareCollector()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the system's default handling of a second signal ends the process
	code := cli.Run(ctx, cli.Arguments(os.Args), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
