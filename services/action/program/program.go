package program

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/action"
)

// settings contain the targets of the peers. An empty target is refused.
type settings struct {
	process.Settings

	OrgTarget     string `default:"dns:///org:9090" help:"Where the replicas of org are."`
	VillageTarget string `default:"dns:///village:9090" help:"Where the replicas of village are."`
}

// Main runs the service with the command line of this process until the process receives a stop signal, and returns the
// exit code.
func Main() int { return process.Main(program()) }

// Run runs the service as the call specifies until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.Run(ctx, program(), call) }

func program() process.Service[settings] { return process.Of(action.Service(), peers) }

func peers(ctx context.Context, c *settings, p *process.Process, _ *resource.Deps) (given action.Peers, err error) {
	org, err := p.Peer("org", c.OrgTarget)
	if err != nil {
		return given, err
	}
	village, err := p.Peer("village", c.VillageTarget)
	if err != nil {
		return given, err
	}
	p.FollowSuccessions(ctx, access.SourceOf(villagev1.NewSuccessionServiceClient(village).ListSuccessions))
	return action.Peers{
		Organizations: orgv1.NewOrganizationServiceClient(org), Scopes: villagev1.NewScopeServiceClient(village),
	}, nil
}
