// Command village runs the village service as a process of its own.
package main

import (
	"context"
	"os"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/services/village"
)

// settings are those of every service.
type settings struct {
	process.Settings
}

func main() { os.Exit(process.Main(program())) }

func program() process.Service[settings] {
	return process.Service[settings]{
		Name: "village", Description: "Divisions, villages, scopes, and what villages need.",
		Migrate: village.Migrate, CheckSchema: village.CheckSchema, Open: open,
	}
}

func open(ctx context.Context, _ *settings, p *process.Process, s process.Storage) (process.Opened, error) {
	return village.New(ctx, village.Config{}, village.Deps{
		DB: s.DB, Signer: s.Signer, PageKey: s.PageKey,
		Clock: p.Clock, NewID: p.NewID, Random: p.Random, Logger: p.Logger,
	})
}
