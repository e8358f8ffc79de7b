package integrity

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wancun/wancun/platform/resource"
)

func TestACheckWorksForATwentiethOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := &pace{clock: time.Now, resumed: began}
		worked := time.Duration(0)
		for portion := time.Millisecond; portion < time.Second; portion *= 2 {
			time.Sleep(portion) // the portion takes this long
			worked += portion
			if err := p.pause(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 20*worked {
			t.Errorf("%v of work took %v", worked, took)
		}
		ctx, stop := context.WithCancel(t.Context())
		time.Sleep(time.Hour)
		stop()
		if err := p.pause(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a pause that is cut short: %v", err)
		}
	})
}

func TestTheLogNamesTheFirstDifferencesAndCountsTheOthers(t *testing.T) {
	for found, lines := range map[int]int{0: 0, 1: 1, named: named, 5000: named + 1} {
		var log bytes.Buffer
		var differ int64
		j := Job{
			Log: "org", Clock: time.Now, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Observe: func(_ context.Context, _, differences int64, _ time.Time) { differ = differences },
		}
		j.report(t.Context(), 7, make([]resource.Difference, found))
		if n := strings.Count(log.String(), "level=ERROR"); n != lines || differ != int64(found) {
			t.Errorf("%d differences are %d lines and %d in the metric, want %d lines", found, n, differ, lines)
		}
	}
}
