// Command wancun is the whole suite in one binary: it serves it, loads it, reads its bulletins and verifies its journals.
// Called by the name of a part of the suite, it is that part as a process of its own.
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
	context.AfterFunc(ctx, stop) // a second signal is left to the system, which ends the process
	code := cli.Run(ctx, cli.Arguments(os.Args), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
