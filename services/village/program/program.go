package program

import (
	"context"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/village"
)

// settings are the common settings of all services.
type settings struct {
	process.Settings
}

// Main runs the service with the command line of this process until the process receives a stop signal, and returns the
// exit code.
func Main() int { return process.Main(program()) }

// Run runs the service as the call specifies until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.Run(ctx, program(), call) }

func program() process.Service[settings] { return process.Of(village.Service(), peers) }

func peers(_ context.Context, _ *settings, p *process.Process, _ *resource.Deps) (village.Peers, error) {
	return village.Peers{Follow: func(ctx context.Context, from access.Source) error {
		p.FollowSuccessions(ctx, from)
		return nil
	}}, nil
}
