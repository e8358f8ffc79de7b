package kept_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/journal/kept"
	"github.com/wancun/wancun/platform/journal/verify"
)

// logOf returns the newest checkpoint of a log of n entries, with its database.
func logOf(t *testing.T, url string, n int) (db *database.DB, newest string) {
	t.Helper()
	l, db := logtest.NewLog(t, url)
	logtest.Fill(t, l, db, n, 3)
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, newest, _, err := journal.Newest(t.Context(), db.Reader())
	if err != nil {
		t.Fatal(err)
	}
	return db, newest
}

func TestWhatIsKeptIsTheNewestCheckpoint(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db, newest := logOf(t, url, 7)
		k := kept.In(filepath.Join(t.TempDir(), "made", "when", "needed"), "test")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		k.Follow(ctx, db, slog.New(slog.DiscardHandler)) // once more at its end
		if got, err := k.Read(); err != nil || got != newest {
			t.Errorf("kept %q, %v, want %q", got, err, newest)
		}
		if found, err := k.Check(t.Context(), db); err != nil || !found {
			t.Errorf("Check = %v, %v", found, err)
		}
	})
}

func TestALogThatDoesNotExtendWhatWasKeptIsRefused(t *testing.T) {
	_, nine := logOf(t, logtest.SQLite(t), 9)
	_, four := logOf(t, logtest.SQLite(t), 4)
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db, six := logOf(t, url, 6)
		for what, c := range map[string]struct {
			checkpoint, says string
		}{
			"its own":                        {six, ""},
			"a longer log's":                 {nine, "the log ends at entry 6, and a checkpoint seen before covers 9 entries"},
			"an older one of the same":       {four, ""},
			"a shorter one of other entries": {strings.Replace(four, "\n4\n", "\n5\n", 1), "the first 5 entries are not those"},
			"one of other entries":           {strings.Replace(four, "\n4\n", "\n6\n", 1), "the first 6 entries are not those"},
			"no checkpoint":                  {"hello\n", "malformed"},
		} {
			t.Run(what, func(t *testing.T) {
				k := kept.In(t.TempDir(), "test")
				if found, err := k.Check(t.Context(), db); found || err != nil {
					t.Errorf("with nothing kept: %v, %v", found, err)
				}
				if err := os.WriteFile(k.Path(), []byte(c.checkpoint), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := k.Check(t.Context(), db)
				switch {
				case c.says == "":
					if err != nil {
						t.Errorf("Check = %v", err)
					}
				case err == nil || !strings.Contains(err.Error(), c.says):
					t.Errorf("Check = %v, want %q", err, c.says)
				case c.says != "malformed":
					var m *verify.Mismatch
					if !errors.As(err, &m) || !strings.Contains(err.Error(), k.Path()) {
						t.Errorf("Check = %v, want a mismatch that names the file", err)
					}
				}
			})
		}
	})
}
