package program_test

import (
	"testing"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/village/program"
)

func TestVillageIsMigratedServesAndStops(t *testing.T) {
	db := processtest.Database(t)
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	p := processtest.Start(t, program.Run, append(processtest.Flags(t, "village"), db...)...)

	divisions := villagev1.NewDivisionServiceClient(servertest.Dial(t, p.Address))
	if page, err := divisions.ListDivisions(t.Context(), &villagev1.ListDivisionsRequest{}); err != nil || len(page.GetDivisions()) > 0 {
		t.Errorf("ListDivisions = %v, %v", page, err)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}
