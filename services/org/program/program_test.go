package program_test

import (
	"strings"
	"testing"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/org/program"
)

func TestOrgIsMigratedServesWithoutItsPeersAndStops(t *testing.T) {
	db := processtest.Database(t)
	flags := append(append(processtest.Flags(t, "org"), db...), "--personal-key-file", processtest.Key(t))
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	p := processtest.Start(t, program.Run, flags...)

	journal := journalv1.NewJournalServiceClient(servertest.Dial(t, p.Address))
	checkpoint, err := journal.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/org"})
	if err != nil || !strings.HasPrefix(checkpoint.GetNote(), "wancun/org\n") {
		t.Errorf("GetCheckpoint = %v, %v", checkpoint, err)
	}
	p.Measures(t, `rpc_server_call_duration_seconds_count{`)
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestOrgRefusesAKeyOfContactPersonsThatIsNone(t *testing.T) {
	db := processtest.Database(t)
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"missing", nil, 2},
		{"too short", []string{"--personal-key-file", processtest.File(t, "key", "5f5f")}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(append(processtest.Flags(t, "org"), db...), c.args...)
			code, _, log := processtest.Run(t, program.Run, args...)
			if code != c.code || !strings.Contains(log, "--personal-key-file") {
				t.Errorf("exit code %d, want %d and the flag's name: %s", code, c.code, log)
			}
		})
	}
}

func TestOrgRefusesAPeerWithoutAnAddress(t *testing.T) {
	db := processtest.Database(t)
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	args := append(append(processtest.Flags(t, "org"), db...), "--personal-key-file", processtest.Key(t), "--village-target=")
	if code, _, log := processtest.Run(t, program.Run, args...); code != 1 || !strings.Contains(log, "--village-target") {
		t.Errorf("exit code %d, want 1 and --village-target: %s", code, log)
	}
}
