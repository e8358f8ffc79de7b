package resource_test

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
)

// mostMemory is the limit of the additional memory of an import of the largest size, in bytes.
const mostMemory = 300_000_000

// onEach runs a benchmark on each engine.
func onEach(b *testing.B, story func(b *testing.B, k *kit)) {
	b.Helper()
	b.Run("SQLite", func(b *testing.B) { story(b, openKit(b, "sqlite://"+b.TempDir()+"/kit.db")) })
	b.Run("PostgreSQL", func(b *testing.B) { story(b, openKit(b, servertest.Postgres(b))) })
}

// BenchmarkImport imports 100,000 needs, and 100,000 organizations with personal data. It fails if an import needs more
// than mostMemory. It measures the peak of the resident set, which includes the memory of
// SQLite.
func BenchmarkImport(b *testing.B) {
	onEach(b, func(b *testing.B, k *kit) {
		b.Run("needs", func(b *testing.B) {
			for round := 0; b.Loop(); round++ {
				measured(b, resource.MaxImport, func() {
					got, err := k.needs.ImportAll(province(), needsToImport(round), quiet)
					if err != nil || got.Created != resource.MaxImport {
						b.Fatalf("imported %+v, %v", got, err)
					}
				})
			}
		})
		b.Run("organizations", func(b *testing.B) {
			orgs := must(resource.NewStore(b.Context(), k.Kit, codedKind()))(b)
			for round := 0; b.Loop(); round++ {
				measured(b, resource.MaxImport, func() {
					got, err := orgs.ImportAll(province(), organizationsToImport(round), quiet)
					if err != nil || got.Created != resource.MaxImport {
						b.Fatalf("imported %+v, %v", got, err)
					}
				})
			}
		})
	})
}

// BenchmarkBatch creates 20,000 rows with one request, for comparison.
func BenchmarkBatch(b *testing.B) {
	const rows = 20_000
	onEach(b, func(b *testing.B, k *kit) {
		for round := 0; b.Loop(); round++ {
			r := &villagev1.BatchCreateNeedsRequest{RequestId: requestOf(round)}
			for i := range rows {
				r.Requests = append(r.Requests, needToImport(round, i))
			}
			measured(b, rows, func() { must(resource.BatchCreate[manyNeeds](province(), k.needs, r, nil))(b) })
		}
	})
}

func requestOf(n int) string { return fmt.Sprintf("22222222-2222-4222-8222-%012d", n) }

func needToImport(round, i int) *villagev1.CreateNeedRequest {
	n := someNeed(int64(i + 1))
	n.Description = fmt.Sprintf("第 %d 号需求：为本村贫困户提供白内障复明手术", i)
	return &villagev1.CreateNeedRequest{
		Parent: luxi, NeedId: fmt.Sprintf("00000000-0000-4000-8000-%012d", round*resource.MaxImport+i), Need: n,
	}
}

// needsToImport returns needs for an import of the largest size, in portions of 1,000 that are generated on demand.
func needsToImport(round int) iter.Seq2[resource.BatchRequest, error] {
	return func(yield func(resource.BatchRequest, error) bool) {
		for first := 0; first < resource.MaxImport; first += 1000 {
			r := &villagev1.ImportNeedsRequest{}
			if first == 0 {
				r.RequestId = requestOf(round)
			}
			for i := range 1000 {
				r.Requests = append(r.Requests, needToImport(round, first+i))
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// organizationsToImport returns organizations for an import of the largest size, each with a contact, which is
// personal.
func organizationsToImport(round int) iter.Seq2[resource.BatchRequest, error] {
	return func(yield func(resource.BatchRequest, error) bool) {
		for first := 0; first < resource.MaxImport; first += 1000 {
			r := &orgv1.ImportOrganizationsRequest{}
			if first == 0 {
				r.RequestId = requestOf(100 + round)
			}
			for i := first; i < first+1000; i++ {
				r.Requests = append(r.Requests, &orgv1.CreateOrganizationRequest{Organization: &orgv1.Organization{
					Uscc: fmt.Sprintf("5143%014d", round*resource.MaxImport+i), DisplayName: fmt.Sprintf("示例社会组织 %d", i),
					Division: "divisions/430000000000", Contact: &orgv1.Contact{Person: canary, Phone: fmt.Sprint(13800000000 + i)},
				}})
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// measured reports the rows per second of a request, and the memory that it needs in addition to that of the process.
func measured(b *testing.B, rows int, request func()) {
	b.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skipf("the peak of the memory cannot be measured here: %v", err)
	}
	idle, begin := peak(b), time.Now()
	request()
	took, used := time.Since(begin), peak(b)-idle
	b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(used)/1e6, "MB-beyond-idle")
	if used > mostMemory && rows == resource.MaxImport {
		b.Errorf("%d rows took %d bytes of memory, want at most %d", rows, used, mostMemory)
	}
}

// peak returns the peak of the resident set since it was reset.
func peak(b *testing.B) int64 {
	b.Helper()
	status := must(os.ReadFile("/proc/self/status"))(b)
	for line := range bytes.Lines(status) {
		var kib int64
		if n, _ := fmt.Sscanf(string(line), "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	b.Fatal("the kernel does not say VmHWM")
	return 0
}
