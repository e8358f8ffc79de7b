package faults

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// laden returns a suite with some hundred deliveries that was stopped and started again: all data is in the files, and
// few pages have been read.
func laden(t *testing.T) *suite.Suite {
	t.Helper()
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	r := &actionv1.BatchCreateDeliveriesRequest{Parent: world.Campaign}
	for n := range 400 {
		r.Requests = append(r.Requests, request("laden", n))
	}
	if _, err := actionv1.NewDeliveryServiceClient(s.Conn).BatchCreateDeliveries(s.As(t, "office", world.Admin()), r); err != nil {
		t.Fatal(err)
	}
	world.Balanced(t, s, world.TheCampaign())
	s.Stop(t)
	return s.Again(t)
}

// damage overwrites a database after its first pages, which contain the list of its tables.
func damage(t *testing.T, s *suite.Suite, service string) (file string) {
	t.Helper()
	file = filepath.Join(s.Dir, service+".db")
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // the write reports errors
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const listed = 8 << 12
	if _, err := f.WriteAt([]byte(strings.Repeat("damage!!", int(info.Size()-listed)/8)), listed); err != nil {
		t.Fatal(err)
	}
	return file
}

// wantDamage fails the test unless err means damaged storage and does not advise a retry.
func wantDamage(t *testing.T, what string, err error) {
	t.Helper()
	f, ok := fault.From(err)
	if !ok || f.Code() != codes.DataLoss || f.Reason() != "STORAGE_DAMAGED" || f.RetryAfter() != 0 {
		t.Errorf("%s: %v, want DATA_LOSS STORAGE_DAMAGED without advice to try again", what, err)
	}
}

// readiness returns the suite's response to a readiness probe.
func readiness(t *testing.T, s *suite.Suite) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.REST+"/readyz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// notReady waits until the suite reports over HTTP and gRPC that it is not ready for the reason. It must still report
// that it is live.
func notReady(t *testing.T, s *suite.Suite, reason string) {
	t.Helper()
	suite.Eventually(t, "the suite not to be ready: "+reason, func() bool {
		status, text := readiness(t, s)
		return status == http.StatusServiceUnavailable && strings.Contains(text, reason)
	})
	health := grpc_health_v1.NewHealthClient(s.Conn)
	suite.Eventually(t, "gRPC's health service to say so", func() bool {
		r, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		return err == nil && r.GetStatus() == grpc_health_v1.HealthCheckResponse_NOT_SERVING
	})
	r, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "live"})
	if err != nil || r.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("the process calls itself %v, %v", r.GetStatus(), err)
	}
}

// wantOneNote fails the test unless the suite logged once that the file is damaged and how to restore it.
func wantOneNote(t *testing.T, s *suite.Suite, file string) {
	t.Helper()
	var said []string
	for line := range strings.Lines(s.Notes()) {
		if strings.Contains(line, "storage is damaged") {
			said = append(said, line)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], file) || !strings.Contains(said[0], "backup") {
		t.Errorf("damage is noted so, want one line with %s and the way to restore it:\n%s", file, strings.Join(said, ""))
	}
}

func TestADamagedPageThatACallerMeetsIsNotToBeTriedAgain(t *testing.T) {
	s := laden(t)
	file := damage(t, s, "action")
	deliveries, office := actionv1.NewDeliveryServiceClient(s.Conn), s.As(t, "office", world.Admin())
	for range 3 {
		_, err := deliveries.ListDeliveries(office, &actionv1.ListDeliveriesRequest{Parent: world.Campaign, PageSize: 500})
		wantDamage(t, "list", err)
	}
	notReady(t, s, "STORAGE_DAMAGED")
	_, err := deliveries.CreateDelivery(office, request("after", 1))
	wantDamage(t, "record", err)
	if _, err := reportv1.NewBulletinServiceClient(s.Conn).GetBulletin(office, &reportv1.GetBulletinRequest{Name: world.Campaign + "/bulletin"}); err != nil {
		t.Errorf("a bulletin from another database: %v", err)
	}
	wantOneNote(t, s, file)
	s.Stop(t)
	findsDamage(t, s, file)
}

func TestADamagedPageThatOnlyTheFollowerMeetsIsNoticed(t *testing.T) {
	s := laden(t)
	file := damage(t, s, "report")
	world.Record(t, s, "office", "after", world.Cash(world.Village, 7))
	notReady(t, s, "STORAGE_DAMAGED")
	wantOneNote(t, s, file)
	if _, err := journalv1.NewJournalServiceClient(s.Conn).GetCheckpoint(
		s.As(t, "auditor", world.Admin()), &journalv1.GetCheckpointRequest{Log: "logs/action"}); err != nil {
		t.Errorf("a checkpoint from another database: %v", err)
	}
	s.Stop(t)
	findsDamage(t, s, file)
}

// findsDamage fails the test unless verify names a stopped suite's damaged file, and the suite does not start.
func findsDamage(t *testing.T, s *suite.Suite, file string) {
	t.Helper()
	for _, command := range [][]string{append([]string{"verify"}, s.Flags()...), up(s.Dir)} {
		r := suite.Run(t, command...)
		if r.Code == 0 || !strings.Contains(r.Err, file) || !strings.Contains(r.Err, "STORAGE_DAMAGED") || !strings.Contains(r.Err, "backup") {
			t.Errorf("%s: code %d, want a failure that names %s:\n%s%s", command[0], r.Code, file, r.Out, r.Err)
		}
	}
}

func up(dir string) []string {
	return []string{"up", "--data", dir, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"}
}
