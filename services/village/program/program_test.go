package program_test

import (
	"context"
	"strings"
	"testing"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
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

func TestARowThatWasPutIntoTheTableOfARunningServiceIsFoundByItsCheck(t *testing.T) {
	file := t.TempDir() + "/data.db"
	db := []string{"--database-url", "sqlite://" + file}
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	p := processtest.Start(t, program.Run, append(processtest.Flags(t, "village"), append(db, "--check-interval", "1ms")...)...)
	said := func(text string) {
		t.Helper()
		limit, again := time.NewTimer(time.Minute), time.NewTicker(time.Millisecond)
		defer limit.Stop()
		defer again.Stop()
		for !strings.Contains(p.Log(), text) {
			select {
			case <-again.C:
			case <-limit.C:
				t.Fatalf("waited in vain for %s", text)
			}
		}
	}
	said(`"msg":"what is stored was compared with the journal","service":"village"`)
	p.Measures(t, `wancun_check_time_seconds{log="village"`)
	if strings.Contains(p.Log(), "differs from the journal") {
		t.Error("an honest database differs")
	}

	other, err := database.Open(t.Context(), database.Config{URL: "sqlite://" + file})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // nothing is left to lose
	err = other.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO scopes (name, revision, create_us, update_us, body, mac, display_name) VALUES ('scopes/forged', 1, 1, 1, x'', x'', '')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	said(`"table":"scopes","resource":"scopes/forged","reason":"the journal knows nothing of this row"`)
}
