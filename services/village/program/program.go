package program

import (
	"context"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/services/village"
)

// settings are those of every service.
type settings struct {
	process.Settings
}

// Main runs the service as this process, with its command line and until its signals, and returns the exit code.
func Main() int { return process.Main(service()) }

// Run runs the service as it is called, until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.Run(ctx, service(), call) }

func service() process.Service[settings] {
	return process.Service[settings]{
		Name: "village", Description: "Divisions, villages, scopes, and what villages need.",
		Migrate: village.Migrate, CheckSchema: village.CheckSchema, Tables: village.Tables, Open: open,
	}
}

func open(ctx context.Context, _ *settings, p *process.Process, s process.Storage) (process.Opened, error) {
	v, err := village.New(ctx, village.Config{}, village.Deps{
		DB: s.DB, Signer: s.Signer, PageKey: s.PageKey, RowKey: s.RowKey,
		Clock: p.Clock, NewID: p.NewID, Random: p.Random, Logger: p.Logger, Instruments: p.Instruments,
	})
	if err != nil {
		return nil, err
	}
	p.FollowSuccessions(ctx, v.Successions)
	return v, nil
}
