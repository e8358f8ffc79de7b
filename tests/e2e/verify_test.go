package e2e

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // drivers for direct changes of a database
	_ "modernc.org/sqlite"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// stopped returns a stopped suite with a short history.
func stopped(t *testing.T) *suite.Suite {
	t.Helper()
	return stoppedOn(t, suite.Options{})
}

func stoppedOn(t *testing.T, o suite.Options) *suite.Suite {
	t.Helper()
	s := suite.Up(t, o)
	world.Build(t, s)
	for n := range 12 {
		world.Record(t, s, "office", fmt.Sprint(n), world.Operations(world.Village, int64(n+1)))
	}
	world.Positions(t.Context(), t, s) // creates a checkpoint, so that all entries are numbered
	if code := s.Stop(t); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	return s
}

// database opens a service's database directly, without the suite.
func database(t *testing.T, s *suite.Suite, service string) *sql.DB {
	t.Helper()
	driver, where := "sqlite", filepath.Join(s.Dir, service+".db")
	if s.Postgres != "" {
		u, err := url.Parse(s.Postgres)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("search_path", q.Get("search_path")+service)
		u.RawQuery = q.Encode()
		driver, where = "pgx", u.String()
	}
	db, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// change changes a database directly. It fails the test if the statement changes no row.
func change(t *testing.T, s *suite.Suite, log, statement string, args ...any) {
	t.Helper()
	db := database(t, s, log)
	defer db.Close() //nolint:errcheck // nothing is left to lose
	done, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed %d rows: %v", statement, n, err)
	}
}

func TestAnHonestDirectoryPassesTheAudit(t *testing.T) {
	s := stopped(t)
	out := suite.MustRun(t, "verify", "--data", s.Dir)
	for _, want := range []string{"logs/org: 12 entries", "logs/action: 13 entries"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
}

func TestTheAuditNamesTheEntryThatWasTouched(t *testing.T) {
	const flip = `UPDATE journal_entries SET record = CAST(substr(record, 1, %[2]d) || (CASE substr(record, %[2]d + 1, 1) WHEN X'41' THEN X'42' ELSE X'41' END) || substr(record, %[2]d + 2) AS BLOB) WHERE position = %[1]d`
	for name, damage := range map[string]struct {
		log, statement string
		entry          int
	}{
		"one byte of a record":            {"action", fmt.Sprintf(flip, 5, 60), 5},
		"one byte of the first record":    {"org", fmt.Sprintf(flip, 1, 2), 1},
		"one byte of the last record":     {"action", fmt.Sprintf(flip, 13, 100), 13},
		"an entry that is gone":           {"action", `DELETE FROM journal_entries WHERE position = 7`, 7},
		"the last entry that is gone":     {"action", `DELETE FROM journal_entries WHERE position = 13`, 13},
		"an entry that was moved":         {"village", `UPDATE journal_entries SET position = 1000 WHERE position = 3`, 3},
		"one byte of its resource's name": {"action", `UPDATE journal_entries SET resource = substr(resource, 1, length(resource) - 1) || 'Z' WHERE position = 8`, 8},
		"the revision it is found by":     {"org", `UPDATE journal_entries SET revision = revision + 70 WHERE position = 4`, 4},
		"one byte of a stored hash":       {"action", `UPDATE journal_hashes SET hashes = CAST(X'4142' || substr(hashes, 3) AS BLOB) WHERE id = 0`, 1},
		"all stored hashes":               {"village", `UPDATE journal_hashes SET hashes = zeroblob(length(hashes))`, 1},
		"the checkpoints":                 {"action", `DELETE FROM journal_checkpoints`, 1},
		"an entry under another's record": {"action", `UPDATE journal_entries SET record = (SELECT record FROM journal_entries WHERE position = 4) WHERE position = 6`, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stopped(t)
			change(t, s, damage.log, damage.statement)
			r := suite.Run(t, "verify", "--data", s.Dir)
			want := fmt.Sprintf("logs/%s: DOES NOT FIT: entry %d", damage.log, damage.entry)
			if r.Code == 0 || !strings.Contains(r.Out, want+" ") && !strings.Contains(r.Out, want+":") {
				t.Errorf("exit code %d, want a failure that says %q:\n%s%s", r.Code, want, r.Out, r.Err)
			}
			if n := strings.Count(r.Out, "fit the public key"); n != 3 {
				t.Errorf("%d other journals are good, want 3:\n%s", n, r.Out)
			}
		})
	}
}

// cutBack removes the entries of a log from a position on, with the hashes and checkpoints that cover them. It may
// remove a few more, because it cuts at a checkpoint.
func cutBack(t *testing.T, s *suite.Suite, log string, from int) {
	t.Helper()
	left := fmt.Sprintf(`(SELECT MAX(size) FROM journal_checkpoints WHERE size < %d)`, from)
	change(t, s, log, `DELETE FROM journal_hashes WHERE id >= (SELECT 2 * size - `+ones+` FROM (SELECT `+left+` AS size) AS cut)`)
	change(t, s, log, `DELETE FROM journal_entries WHERE position > `+left)
	change(t, s, log, `UPDATE journal_head SET size = `+left+`, root = (SELECT root FROM journal_checkpoints WHERE size = `+left+`)`)
	change(t, s, log, `DELETE FROM journal_checkpoints WHERE size > (SELECT size FROM journal_head)`)
}

// ones is the number of ones in the binary form of a size below 16. A log of size entries has 2*size - ones hashes.
const ones = `((size & 1) + (size >> 1 & 1) + (size >> 2 & 1) + (size >> 3 & 1))`

func TestTheAuditRemembersWhatItSaw(t *testing.T) {
	s := stopped(t)
	known := t.TempDir()
	suite.MustRun(t, "verify", "--data", s.Dir, "--save", known)
	again := s.Again(t)
	world.Record(t, again, "office", "later", world.Cash(world.Away, 5))
	world.Positions(t.Context(), t, again)
	again.Stop(t)
	t.Run("a journal that grew fits what was known", func(t *testing.T) {
		suite.MustRun(t, "verify", "--data", s.Dir, "--known", known, "--save", known)
	})
	t.Run("a journal that was cut back with all its traces does not", func(t *testing.T) {
		cutBack(t, s, "action", 14)
		r := suite.Run(t, "verify", "--data", s.Dir, "--checkpoints", "none")
		if r.Code == 0 || !strings.Contains(r.Out, "logs/action: 13 entries") || !strings.Contains(r.Out, "action: DOES NOT FIT: deliveries ") ||
			!strings.Contains(r.Out, "figures: DOES NOT FIT: cursors logs/action: its position is 14, and the log ends at 13\n") {
			t.Errorf("exit code %d, and the row and the cursor that went beyond are not both named:\n%s", r.Code, r.Out)
		}
		r = suite.Run(t, "verify", "--data", s.Dir, "--known", known)
		if r.Code == 0 || !strings.Contains(r.Out, "logs/action: DOES NOT FIT: entry ") {
			t.Errorf("exit code %d:\n%s%s", r.Code, r.Out, r.Err)
		}
	})
	t.Run("nor does a journal under another key", func(t *testing.T) {
		other := stopped(t)
		r := suite.Run(t, "verify", "--data", s.Dir, "--keys", filepath.Join(other.Dir, "keys"))
		if r.Code == 0 {
			t.Errorf("it passes:\n%s", r.Out)
		}
	})
}
