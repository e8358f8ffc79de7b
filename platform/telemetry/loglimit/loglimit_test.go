package loglimit_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// book returns a logger that writes lines without times, and the buffer that it writes to.
func book() (*slog.Logger, *bytes.Buffer) {
	var lines bytes.Buffer
	return slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			return slog.Attr{}
		}
		return a
	}})), &lines
}

func TestTheSameLineIsWrittenOnceInAnIntervalAndCounted(t *testing.T) {
	cases := []struct {
		story  string
		config loglimit.Config
		log    func(*slog.Logger)
		want   []string
	}{
		{
			"within a minute, and after it", loglimit.Config{},
			func(l *slog.Logger) {
				for range 747 {
					l.Warn("refused")
				}
				time.Sleep(time.Minute)
				l.Warn("refused")
				time.Sleep(time.Minute)
				l.Warn("refused")
			},
			[]string{"level=WARN msg=refused", "level=WARN msg=refused suppressed=746", "level=WARN msg=refused"},
		},
		{
			"each key for itself, whatever else the line says", loglimit.Config{Keys: []string{"log", "code"}},
			func(l *slog.Logger) {
				for i := range 3 {
					l.Warn("interrupted", "log", "org", "code", "Unavailable", "pause", i)
					l.Warn("interrupted", "log", "org", "code", "Internal", "pause", i)
				}
				l.With("log", "action").Warn("interrupted", "code", "Unavailable")
				l.With("log", "org").Warn("interrupted", "code", "Unavailable")
			},
			[]string{
				"level=WARN msg=interrupted log=org code=Unavailable pause=0", "level=WARN msg=interrupted log=org code=Internal pause=0",
				"level=WARN msg=interrupted log=action code=Unavailable",
			},
		},
		{
			"each level and each message for itself", loglimit.Config{},
			func(l *slog.Logger) { l.Warn("a"); l.Error("a"); l.Warn("b"); l.Warn("a") },
			[]string{"level=WARN msg=a", "level=ERROR msg=a", "level=WARN msg=b"},
		},
		{
			"attributes in groups by their full name", loglimit.Config{Keys: []string{"call.peer"}},
			func(l *slog.Logger) {
				for _, peer := range []string{"x", "y", "x"} {
					l.WithGroup("call").Warn("a", "peer", peer)
				}
			},
			[]string{"level=WARN msg=a call.peer=x", "level=WARN msg=a call.peer=y"},
		},
		{
			"an interval of its own", loglimit.Config{Interval: time.Hour},
			func(l *slog.Logger) {
				l.Warn("a")
				time.Sleep(time.Hour - time.Nanosecond)
				l.Warn("a")
				time.Sleep(time.Nanosecond)
				l.Warn("a")
			},
			[]string{"level=WARN msg=a", "level=WARN msg=a suppressed=1"},
		},
	}
	for _, c := range cases {
		t.Run(c.story, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logger, lines := book()
				c.log(loglimit.New(logger, c.config))
				if diff := cmp.Diff(c.want, strings.Split(strings.TrimSpace(lines.String()), "\n")); diff != "" {
					t.Errorf("lines (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestKeysWithoutEndShareTheLimitOfTheirMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, lines := book()
		limited := loglimit.New(logger, loglimit.Config{Keys: []string{"n"}})
		for i := range 5000 {
			limited.Warn("refused", "n", i)
		}
		if n := strings.Count(lines.String(), "\n"); n != 1001 {
			t.Errorf("%d lines, want one for each of 1000 keys and one for all others", n)
		}
		time.Sleep(time.Minute)
		limited.Warn("refused", "n", 4999)
		if n := strings.Count(lines.String(), "\n"); n != 1002 {
			t.Errorf("%d lines, want one more after a minute", n)
		}
	})
}

func TestAnHTTPServersLinesDifferByMoreThanTheirClients(t *testing.T) {
	logger, lines := book()
	to := loglimit.HTTP(logger)
	for port := range 100 {
		to.Printf("http: TLS handshake error from 192.0.2.1:%d: read tcp 192.0.2.9:443->192.0.2.1:%d: connection reset by peer", port, port)
		to.Printf("http: TLS handshake error from [2001:db8::%d]:%d: EOF", port, port)
	}
	to.Print("http: panic serving 192.0.2.1:7: oh\ngoroutine 1 [running]:\nmain.go:7")
	want := fmt.Sprintf("%s\n%s\n%s\n",
		`level=WARN msg="http: TLS handshake error from PEER: read tcp PEER: connection reset by peer" peer=192.0.2.1:0`,
		`level=WARN msg="http: TLS handshake error from PEER: EOF" peer=[2001:db8::0]:0`,
		`level=WARN msg="http: panic serving PEER: oh" peer=192.0.2.1:7 stack="goroutine 1 [running]:\nmain.go:7"`)
	if diff := cmp.Diff(want, lines.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
