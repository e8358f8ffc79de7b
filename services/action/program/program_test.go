package program_test

import (
	"strings"
	"testing"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/action/program"
)

func TestActionIsMigratedServesWithoutItsPeersAndStops(t *testing.T) {
	db := processtest.Database(t)
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	p := processtest.Start(t, program.Run, append(processtest.Flags(t, "action"), db...)...)

	campaigns := actionv1.NewCampaignServiceClient(servertest.Dial(t, p.Address))
	if page, err := campaigns.ListCampaigns(t.Context(), &actionv1.ListCampaignsRequest{}); err != nil || len(page.GetCampaigns()) > 0 {
		t.Errorf("ListCampaigns = %v, %v", page, err)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestActionRefusesAPeerWithoutAnAddress(t *testing.T) {
	db := processtest.Database(t)
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	for _, flag := range []string{"--org-target", "--village-target"} {
		args := append(append(processtest.Flags(t, "action"), db...), flag+"=")
		if code, _, log := processtest.Run(t, program.Run, args...); code != 1 || !strings.Contains(log, flag) {
			t.Errorf("exit code %d, want 1 and %s: %s", code, flag, log)
		}
	}
}
