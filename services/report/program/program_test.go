package program_test

import (
	"strings"
	"testing"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/program"
)

func TestReportIsMigratedServesWithoutItsPeersAndStops(t *testing.T) {
	p := processtest.Start(t, program.Run, good(t)...)
	bulletins := reportv1.NewBulletinServiceClient(servertest.Dial(t, p.Address))
	_, err := bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: "campaigns/nothing-yet/bulletin"})
	if status.Code(err) != codes.NotFound {
		t.Errorf("GetBulletin = %v, want NOT_FOUND", err)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestReportRefusesByName(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"an empty token", []string{"--token-file", processtest.File(t, "token", "")}, 2, "--token-file"},
		{"two addresses of Redis", []string{"--redis-url=redis://a/0", "--redis-url-file", processtest.File(t, "redis", "redis://b/0")}, 1, "--redis-url"},
		{"an address of Redis that is none", []string{"--redis-url=http://a"}, 1, "--redis-url"},
		{"a peer without an address", []string{"--action-target="}, 1, "--action-target"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, log := processtest.Run(t, program.Run, append(good(t), c.args...)...)
			if code != c.code || !strings.Contains(log, c.want) {
				t.Errorf("exit code %d, want %d and %s: %s", code, c.code, c.want, log)
			}
		})
	}
}

// good returns flags with which report serves. Its peers do not exist, so it only lacks figures.
func good(t *testing.T) []string {
	t.Helper()
	db := processtest.Database(t)
	processtest.MustRun(t, program.Run, append([]string{"migrate"}, db...)...)
	return append(append(processtest.Flags(t, "report"), db...), "--token-file", processtest.File(t, "token", "some token"),
		"--org-target=passthrough:///127.0.0.1:1", "--village-target=passthrough:///127.0.0.1:1", "--action-target=passthrough:///127.0.0.1:1")
}
