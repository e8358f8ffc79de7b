package program

import (
	"context"
	"fmt"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org"
)

// settings are required except where [process.Settings] says otherwise. An empty target is refused.
type settings struct {
	process.Settings

	PersonalKeyFile config.SecretFile `required:"" help:"Key that encrypts contact persons, 64 hexadecimal digits; the same in all replicas. Who loses it loses them." placeholder:"SECRET"`
	VillageTarget   string            `default:"dns:///village:9090" help:"Where the replicas of village are."`
}

// Main runs the service with the command line of this process until the process receives a stop signal, and returns the
// exit code.
func Main() int { return process.Main(program()) }

// Run runs the service as the call specifies until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.Run(ctx, program(), call) }

func program() process.Service[settings] { return process.Of(org.Service(), peers) }

func peers(ctx context.Context, c *settings, p *process.Process, d *resource.Deps) (given org.Peers, err error) {
	if d.PersonalKey, err = process.Key(c.PersonalKeyFile); err != nil {
		return given, fmt.Errorf("--personal-key-file: %w", err)
	}
	village, err := p.Peer("village", c.VillageTarget)
	if err != nil {
		return given, err
	}
	p.FollowSuccessions(ctx, access.SourceOf(villagev1.NewSuccessionServiceClient(village).ListSuccessions))
	return org.Peers{Divisions: villagev1.NewDivisionServiceClient(village)}, nil
}
