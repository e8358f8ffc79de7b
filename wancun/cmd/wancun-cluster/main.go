// Command wancun-cluster runs the suite on one machine as a cluster, for development and tests: PostgreSQL, Redis, and
// several processes of each service and of the gateway, connected by mTLS. The processes run the wancun binary.
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
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	parsed := kong.Parse(&commands{}, kong.Name("wancun-cluster"), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Description("Runs the suite as a cluster of processes on this machine, for development."))
	parsed.FatalIfErrorf(parsed.Run())
}
