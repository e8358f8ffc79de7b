package journal

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// Writes of one record and of many, short and long, are packed into rows and unpacked.
func TestThePackedRowsOfAWriteKeepItsRecords(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var rows [][]any
	var want []entry
	for n := range 200 {
		var w Write
		many := 1
		if r.IntN(4) == 0 {
			many = 1 + r.IntN(100)
		}
		for i := range many {
			reason := strings.Repeat("x", r.IntN(200))
			if r.IntN(20) == 0 {
				reason = strings.Repeat("long", r.IntN(4000))
			}
			w.Entries = append(w.Entries, Entry{Resource: fmt.Sprintf("things/%d-%d", n, i), Revision: int64(1 + r.IntN(1000)), Reason: reason})
		}
		for _, e := range w.Entries {
			record, err := w.record(e)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, entry{e.Resource, e.Revision, record})
		}
		w.staged(func(row []any, err error) bool {
			rows = append(rows, row)
			return err == nil
		})
	}
	if len(rows) > len(want)/2 {
		t.Errorf("%d records are in %d rows", len(want), len(rows))
	}
	var got []entry
	for _, row := range rows {
		s := staging{entry: entry{row[0].(string), row[1].(int64), row[2].([]byte)}, Entries: row[3].(int64)} //nolint:forcetypeassert // the test's failure
		before := len(got)
		var err error
		if got, err = s.unpack(got); err != nil {
			t.Fatal(err)
		}
		if int64(len(got)-before) != s.Entries || got[before].Resource != s.Resource || got[before].Revision != s.Revision {
			t.Errorf("the row of %q says %d entries and holds %d", s.Resource, s.Entries, len(got)-before)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries were written and %d unpacked", len(want), len(got))
	}
	for n, e := range got {
		if e.Resource != want[n].Resource || e.Revision != want[n].Revision || !bytes.Equal(e.Record, want[n].Record) {
			t.Errorf("entry %d is of %q at %d, want of %q at %d", n, e.Resource, e.Revision, want[n].Resource, want[n].Revision)
		}
		var content journalv1.Record
		if err := proto.Unmarshal(e.Record, &content); err != nil || content.GetResource() != e.Resource || content.GetRevision() != e.Revision {
			t.Errorf("an entry is taken for %q at %d and is %v, %v", e.Resource, e.Revision, &content, err)
		}
	}
}
