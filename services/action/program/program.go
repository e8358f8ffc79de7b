package program

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/services/action"
)

// settings name the peers; an empty target is refused.
type settings struct {
	process.Settings

	OrgTarget     string `default:"dns:///org:9090" help:"Where the replicas of org are."`
	VillageTarget string `default:"dns:///village:9090" help:"Where the replicas of village are."`
}

// Main runs the service as this process, with its command line and until its signals, and returns the exit code.
func Main() int { return process.Main(service()) }

// Run runs the service as it is called, until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.Run(ctx, service(), call) }

func service() process.Service[settings] {
	return process.Service[settings]{
		Name: "action", Description: "Campaigns with their actions and indicators, and what was delivered.",
		Migrate: action.Migrate, CheckSchema: action.CheckSchema, Tables: action.Tables, Open: open,
	}
}

func open(ctx context.Context, c *settings, p *process.Process, s process.Storage) (process.Opened, error) {
	org, err := p.Peer("org", c.OrgTarget)
	if err != nil {
		return nil, err
	}
	village, err := p.Peer("village", c.VillageTarget)
	if err != nil {
		return nil, err
	}
	p.FollowSuccessions(ctx, access.SourceOf(villagev1.NewSuccessionServiceClient(village).ListSuccessions))
	return action.New(ctx, action.Config{}, action.Deps{
		DB: s.DB, Signer: s.Signer, PageKey: s.PageKey, RowKey: s.RowKey,
		Clock: p.Clock, NewID: p.NewID, Random: p.Random, Logger: p.Logger, Instruments: p.Instruments,
		Organizations: orgv1.NewOrganizationServiceClient(org), Scopes: villagev1.NewScopeServiceClient(village),
	})
}
