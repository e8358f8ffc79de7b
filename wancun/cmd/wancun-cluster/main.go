// Command wancun-cluster runs the suite on this machine as a cluster runs it, for development and for tests: PostgreSQL, Redis,
// and several processes of each service and the gateway with mTLS between them. The processes are those of the wancun binary.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type commands struct {
	Up    upCommand    `cmd:"" default:"withargs" help:"Run the cluster (the default)."`
	Token tokenCommand `cmd:"" help:"Mint a token that a running cluster accepts."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	parsed := kong.Parse(&commands{}, kong.Name("wancun-cluster"), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Description("Runs the suite as a cluster of processes on this machine, for development."))
	parsed.FatalIfErrorf(parsed.Run())
}
