// Command wancun is the whole suite in one binary: it serves it, loads it, reads its bulletins and verifies its journals.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wancun/wancun/wancun/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
