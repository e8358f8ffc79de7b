package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// cpu is ticks of self and of postgres in seconds.
func cpuNow() (self, pg float64) {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	self = float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
	root := os.Getenv("PGROOT")
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		s, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		i := strings.LastIndex(string(s), ")")
		w := strings.Fields(string(s)[i+2:])
		pid := filepath.Base(filepath.Dir(f))
		if w[1] != root && pid != root {
			continue
		}
		// schedstat is in ns
		ss, err := os.ReadFile("/proc/" + pid + "/schedstat")
		if err == nil {
			n, _ := strconv.ParseFloat(strings.Fields(string(ss))[0], 64)
			pg += n / 1e9
		}
	}
	return
}

func cpuOf(b *testing.B, name string, n int, count func() int64, work func() float64) {
	c0 := count()
	s0, p0 := cpuNow()
	rate := 0.0
	var done float64
	for i := 0; i < n; i++ {
		rate = work()
	}
	s1, p1 := cpuNow()
	done = float64(count() - c0)
	fmt.Printf("%-10s go %.1f us/op  pg %.1f us/op  (~%.0f ops, rate %.0f)\n", name, (s1-s0)/done*1e6, (p1-p0)/done*1e6, done, rate)
}

func BenchmarkZZCPU(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		service := openAction(b, empty())
		ours := newRecorders(b, serve(b, service.Register))
		plain := plainInserts(b, empty())
		ours.rate(b)
		plain(b)
		for range 3 {
			cpuOf(b, "ours", 2, ours.made.Load, func() float64 { return ours.rate(b) })
			cpuOf(b, "plain", 2, plainMade.Load, func() float64 { return plain(b) })
		}
	})
}

func BenchmarkZZOurs(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		service := openAction(b, empty())
		ours := newRecorders(b, serve(b, service.Register))
		for range 40 {
			ours.rate(b)
		}
	})
}

func BenchmarkZZKit(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		ours := createsInKit(b, empty())
		plain := plainInserts(b, empty())
		ours(b)
		plain(b)
		for range 4 {
			cpuOf(b, "kit", 2, kitMade.Load, func() float64 { return ours(b) })
			cpuOf(b, "plain", 2, plainMade.Load, func() float64 { return plain(b) })
		}
	})
}
func BenchmarkZZKitOnly(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		ours := createsInKit(b, empty())
		for range 25 {
			ours(b)
		}
	})
}

func BenchmarkZZLoad(b *testing.B) {
	rows := divisions(b)
	engines(b, func(b *testing.B, empty func() string) {
		for range 5 {
			e1, e2 := empty(), empty()
			s0, p0 := cpuNow()
			o := importAll(b, e1, rows)
			s1, p1 := cpuNow()
			p := insertAll(b, e2, rows)
			s2, p2 := cpuNow()
			fmt.Printf("import go %.0f ms pg %.0f ms wall %.0f ms | bare go %.0f pg %.0f wall %.0f | ratio %.2f\n", (s1-s0)*1e3, (p1-p0)*1e3, float64(len(rows))/o*1e3, (s2-s1)*1e3, (p2-p1)*1e3, float64(len(rows))/p*1e3, o/p)
		}
	})
}

func BenchmarkZZImport(b *testing.B) {
	rows := divisions(b)
	engines(b, func(b *testing.B, empty func() string) {
		for range 8 {
			importAll(b, empty(), rows)
		}
	})
}
