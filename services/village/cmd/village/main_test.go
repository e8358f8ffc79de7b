package main

import (
	"context"
	"testing"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/servertest"
)

func run(ctx context.Context, call process.Call) int { return process.Run(ctx, program(), call) }

func TestVillageIsMigratedServesAndStops(t *testing.T) {
	db := processtest.Database(t)
	processtest.MustRun(t, run, append([]string{"migrate"}, db...)...)
	p := processtest.Start(t, run, append(processtest.Flags(t, "village"), db...)...)

	divisions := villagev1.NewDivisionServiceClient(servertest.Dial(t, p.Address))
	if page, err := divisions.ListDivisions(t.Context(), &villagev1.ListDivisionsRequest{}); err != nil || len(page.GetDivisions()) > 0 {
		t.Errorf("ListDivisions = %v, %v", page, err)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}
