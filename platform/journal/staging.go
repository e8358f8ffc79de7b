package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// A row of staging says what its first entry is about, and has its records: the record itself where there is one entry, and
// else each record behind its length.
var intoStaging = database.Into("journal_staging", "resource", "revision", "record", "entries")

// packedBytes bounds a row with several records: PostgreSQL keeps one of that size whole and does not try to compress it. A
// large write then costs it a sixth of the rows.
const packedBytes = 1900

// packed is a row of staging on its way.
type packed struct {
	first   Entry
	records []byte // each behind its length
	entries int64
}

func (p packed) row() []any {
	record := p.records
	if p.entries == 1 {
		record, _ = protowire.ConsumeBytes(record)
	}
	return []any{p.first.Resource, p.first.Revision, record, p.entries}
}

// rows makes the rows of staging of w.
func (w Write) rows(yield func([]any, error) bool) {
	var p packed
	for _, e := range w.Entries {
		record, err := w.record(e)
		if err != nil {
			yield(nil, fmt.Errorf("record %q at revision %d: %w", e.Resource, e.Revision, err))
			return
		}
		if p.entries > 0 && len(p.records)+protowire.SizeBytes(len(record)) > packedBytes {
			if !yield(p.row(), nil) {
				return
			}
			p = packed{}
		}
		if p.entries == 0 {
			p.first = e
		}
		p.records = protowire.AppendBytes(p.records, record)
		p.entries++
	}
	if p.entries > 0 {
		yield(p.row(), nil)
	}
}

// staging is a row of staging.
type staging struct {
	Seq int64 `db:"seq"`
	entry
	Entries int64 `db:"entries"`
}

// entry is an entry that is not numbered yet.
type entry struct {
	Resource string `db:"resource"`
	Revision int64  `db:"revision"`
	Record   []byte `db:"record"`
}

// taken is what one numbering transaction takes from staging.
type taken struct {
	entries []entry
	last    int64 // sequence number of the last row
}

// take removes the lowest rows from staging. Where the range begins is asked in the same statement: between two, an entry
// could be committed that belongs before it. That it is a range lets PostgreSQL walk its index, whatever it thinks of a
// table that was empty when it made the plan.
func take(ctx context.Context, tx database.Tx) (taken, error) {
	rows, err := database.All[staging](ctx, tx,
		`DELETE FROM journal_staging
		 WHERE seq >= (SELECT min(seq) FROM journal_staging) AND seq < (SELECT min(seq) FROM journal_staging) + $1
		 RETURNING seq, resource, revision, record, entries`, maxBatch)
	if err != nil {
		return taken{}, fmt.Errorf("take staged entries: %w", err)
	}
	slices.SortFunc(rows, func(a, b staging) int { return cmp.Compare(a.Seq, b.Seq) }) // RETURNING has no order
	var t taken
	for _, r := range rows {
		if t.entries, err = r.unpack(t.entries); err != nil {
			return taken{}, fmt.Errorf("read staged row %d: %w", r.Seq, err)
		}
		t.last = r.Seq
	}
	return t, nil
}

// unpack appends the entries of a row.
func (r staging) unpack(to []entry) ([]entry, error) {
	if r.Entries == 1 {
		return append(to, r.entry), nil
	}
	for rest := r.Record; len(rest) > 0; {
		record, n := protowire.ConsumeBytes(rest)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		var content journalv1.Record
		if err := proto.Unmarshal(record, &content); err != nil {
			return nil, fmt.Errorf("decode record: %w", err)
		}
		to, rest = append(to, entry{content.GetResource(), content.GetRevision(), record}), rest[n:]
	}
	return to, nil
}
