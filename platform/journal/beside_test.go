package journal_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
)

func TestTheColumnsBesideTheRecordsAreComparedWithThem(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db := atRest(t, url)
		waiting, err := journal.CheckBeside(t.Context(), db, nil)
		if err != nil || waiting != 2 {
			t.Fatalf("of an honest log: %d waiting, %v; want 2", waiting, err)
		}
		for _, story := range []struct {
			change   string
			undo     string
			position int64
			reason   string
		}{
			{
				`UPDATE journal_entries SET resource = 'things/z' WHERE position = 7`,
				`UPDATE journal_entries SET resource = 'things/7' WHERE position = 7`, 7, `under the name "things/z"`,
			},
			{
				`UPDATE journal_entries SET revision = 77 WHERE position = 40`,
				`UPDATE journal_entries SET revision = 1 WHERE position = 40`, 40, "as revision 77 and is revision 1",
			},
			{`UPDATE journal_head SET size = 40`, `UPDATE journal_head SET size = 41`, 42, "the stored head"},
			{
				`DELETE FROM journal_entries WHERE position = 41`,
				`UPDATE journal_head SET size = size`, 41, "hashes are stored for it", // last: nothing restores the entry
			},
		} {
			logtest.Exec(t, db, story.change)
			disagrees(t, db, story.position, story.reason)
			logtest.Exec(t, db, story.undo)
		}
	})
}

func TestEveryStoredHashIsHeldToTheRecords(t *testing.T) {
	db := atRest(t, logtest.SQLite(t))
	for _, story := range []struct {
		level, n int64 // of the tree
		position int64
		reason   string
	}{
		{0, 0, 1, "for it is not"},
		{0, 40, 41, "for it is not"},
		{1, 3, 7, "for the entries 7 to 8 is not"},
		{5, 0, 1, "for the entries 1 to 32 is not"},
	} {
		place := tlog.StoredHashIndex(int(story.level), story.n)
		before := logtest.ChangeHash(t, db, place, tlog.Hash{7})
		disagrees(t, db, story.position, story.reason)
		logtest.ChangeHash(t, db, place, before)
	}
	if _, err := journal.CheckBeside(t.Context(), db, nil); err != nil {
		t.Errorf("when all is as it was: %v", err)
	}
	for _, change := range []string{
		`UPDATE journal_hashes SET hashes = substr(hashes, 1, length(hashes) - 1) WHERE id = (SELECT max(id) FROM journal_hashes)`,
		`DELETE FROM journal_hashes WHERE id = (SELECT max(id) FROM journal_hashes)`,
		`DELETE FROM journal_hashes`,
	} {
		logtest.Exec(t, db, change)
		var d *journal.DisagreementError
		if _, err := journal.CheckBeside(t.Context(), db, nil); !errors.As(err, &d) {
			t.Errorf("after %s: %v", change, err)
		}
	}
}

func disagrees(t *testing.T, db *database.DB, position int64, reason string) {
	t.Helper()
	_, err := journal.CheckBeside(t.Context(), db, nil)
	var d *journal.DisagreementError
	if !errors.As(err, &d) || d.Position != position || !strings.Contains(d.Reason, reason) {
		t.Errorf("CheckBeside = %v, want entry %d: …%s…", err, position, reason)
	}
}
