package faults

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// mount mounts a file system on a directory until the test ends. It skips the test if the user may not mount.
func mount(t *testing.T, source, dir, kind string, flags uintptr, data string) {
	t.Helper()
	err := syscall.Mount(source, dir, kind, flags, data)
	if errors.Is(err, syscall.EPERM) {
		t.Skip("skipped: this user may not mount a file system")
	}
	if err != nil {
		t.Fatalf("mount %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

func TestAFullDiskIsReadAndTakesWritesAgainByItselfOnceThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size=24m")
	s := suite.Up(t, suite.Options{Dir: dir})
	world.Build(t, s)
	before := world.Record(t, s, "office", "before", world.Cash(world.Village, 5))
	filler := filepath.Join(dir, "filler")
	fill(t, filler)

	deliveries, office := actionv1.NewDeliveryServiceClient(s.Conn), s.As(t, "office", world.Admin())
	acknowledged := 1
	suite.Eventually(t, "a write to be refused", func() bool { // the log file still has some free pages
		_, err := deliveries.CreateDelivery(office, request("full", acknowledged))
		if err == nil {
			acknowledged++
			return false
		}
		if f, ok := fault.From(err); !ok || f.Code() != codes.Unavailable || f.Reason() != "STORAGE_FULL" {
			t.Fatalf("write to a full disk: %v, want UNAVAILABLE STORAGE_FULL", err)
		}
		return true
	})
	for n := range 50 {
		if _, err := deliveries.CreateDelivery(office, request("refused", n)); status.Code(err) != codes.Unavailable {
			t.Fatalf("write to a full disk: %v, want UNAVAILABLE", err)
		}
	}
	if n := strings.Count(s.Notes(), "msg=call"); n > 2 { // one line a minute
		t.Errorf("51 refused writes are %d lines of log, want one:\n%s", n, s.Notes())
	}
	notReady(t, s, "STORAGE_FULL: nothing can be written")
	if got, err := deliveries.GetDelivery(office, &actionv1.GetDeliveryRequest{Name: before.GetName()}); err != nil || got.GetValueFen() != 5 {
		t.Errorf("read from a full disk: %v, %v", got, err)
	}
	if n := strings.Count(s.Notes(), "storage takes no writes"); n < 1 || n > len(services.All()) {
		t.Errorf("the full disk is noted %d times, want once for each database that met it:\n%s", n, s.Notes())
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	suite.Eventually(t, "the suite to be ready again", func() bool { status, _ := readiness(t, s); return status == http.StatusOK })
	suite.Eventually(t, "gRPC's health service to say so", func() bool {
		r, err := grpc_health_v1.NewHealthClient(s.Conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		return err == nil && r.GetStatus() == grpc_health_v1.HealthCheckResponse_SERVING
	})
	world.Record(t, s, "office", "after", world.Cash(world.Village, 6))
	if got := len(world.Deliveries(t, s, world.Campaign)); got != acknowledged+1 {
		t.Errorf("%d deliveries, want the %d that were acknowledged", got, acknowledged+1)
	}
	world.Balanced(t, s, world.TheCampaign())
	s.Stop(t)
	suite.MustRun(t, append([]string{"verify"}, s.Flags()...)...)
}

// fill writes a file until the disk is full.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is full
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
}

func TestADirectoryThatMayNotBeWrittenIsNamedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	s := suite.Up(t, suite.Options{Dir: dir})
	s.Stop(t)
	if os.Geteuid() == 0 { // permissions do not apply to root
		mount(t, dir, dir, "", syscall.MS_BIND, "")
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	} else if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	r := suite.Run(t, up(dir)...)
	says := map[bool]string{true: "is read-only", false: "may not be written by this user"}[os.Geteuid() == 0]
	if r.Code == 0 || !strings.Contains(r.Err, dir) || !strings.Contains(r.Err, says) {
		t.Errorf("code %d, want a failure that names %s and says that it %s:\n%s", r.Code, dir, says, r.Err)
	}
}
