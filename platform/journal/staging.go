package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// A row of staging has the resource and the revision of its first entry, and its records: with one entry the record
// itself, with several each record after its length. Many records are compressed, after a zero byte.
var intoStaging = database.Into("journal_staging", "resource", "revision", "record", "entries")

const (
	// wholeBytes is the size up to which PostgreSQL keeps a row whole and does not try to compress it itself.
	wholeBytes = 1900
	// packedBytes bounds a row with several records. The records of one write are so similar that this many bytes
	// compress to less than wholeBytes. A large write then costs the database a fortieth of the rows and an eighth of
	// the bytes.
	packedBytes = 12_000
	// compressed precedes the output of [s2.Encode]. It cannot be a length, because no record is that short.
	compressed = 0
)

// packed is a row of staging in the making. row copies the records, so that their buffer can be used again.
type packed struct {
	first   Entry
	records []byte // each after its length
	entries int64
}

func (p packed) row() []any {
	var record []byte
	switch {
	case p.entries == 1:
		record, _ = protowire.ConsumeBytes(p.records)
		record = slices.Clone(record)
	case len(p.records) > wholeBytes:
		record = compress(p.records)
	default:
		record = slices.Clone(p.records)
	}
	return []any{p.first.Resource, p.first.Revision, record, p.entries}
}

func compress(records []byte) []byte {
	out := make([]byte, 1+s2.MaxEncodedLen(len(records)))
	out[0] = compressed
	return slices.Clone(out[:1+len(s2.Encode(out[1:], records))])
}

// staged yields the rows of staging with the entries of a write. It may be called several times.
func (w Write) staged(yield func([]any, error) bool) {
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
			p = packed{records: p.records[:0]}
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

// staging is a row of journal_staging.
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

// take deletes the lowest rows of staging and returns them. The same statement finds where the range begins: between
// two statements, an entry that belongs before it could be committed. All conditions are ranges, so that PostgreSQL
// uses the index even with a plan made while the table was empty.
func take(ctx context.Context, tx database.Tx) (taken, error) {
	rows, err := database.All[staging](ctx, tx,
		`DELETE FROM journal_staging
		 WHERE seq >= (SELECT min(seq) FROM journal_staging)
		   AND seq <= (SELECT max(seq) FROM (
		         SELECT seq, sum(entries) OVER (ORDER BY seq) - entries AS before FROM journal_staging
		         WHERE seq < (SELECT min(seq) FROM journal_staging) + $1) AS lowest
		       WHERE before < $2)
		 RETURNING seq, resource, revision, record, entries`, maxRows, enough)
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

// measure calls the callback Config.Staged with the age of the oldest staged entry, unless it cannot be read.
func (l *Log) measure(ctx context.Context) {
	if l.staged == nil {
		return
	}
	if age, err := l.oldestStaged(ctx); err == nil {
		l.staged(ctx, age)
	}
}

// oldestStaged returns the time since the oldest entry was written that is not numbered yet; zero if there is none.
func (l *Log) oldestStaged(ctx context.Context) (time.Duration, error) {
	lowest, err := database.One[staging](ctx, l.db.Reader(),
		`SELECT seq, resource, revision, record, entries FROM journal_staging ORDER BY seq LIMIT 1`)
	if errors.Is(err, database.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at staging: %w", err)
	}
	return lowest.age(l.now())
}

// age returns the time since the first entry of a row was written.
func (r staging) age(now time.Time) (time.Duration, error) {
	entries, err := r.unpack(nil)
	if err != nil || len(entries) == 0 {
		return 0, fmt.Errorf("read staged row %d: %w", r.Seq, err)
	}
	var first journalv1.Record
	if err := proto.Unmarshal(entries[0].Record, &first); err != nil {
		return 0, fmt.Errorf("decode record: %w", err)
	}
	return now.Sub(first.GetTime().AsTime()), nil
}

// unpack appends the entries of a row to the given ones.
func (r staging) unpack(to []entry) ([]entry, error) {
	if r.Entries == 1 {
		return append(to, r.entry), nil
	}
	records := r.Record
	if len(records) > 0 && records[0] == compressed {
		var err error
		if records, err = s2.Decode(nil, records[1:]); err != nil {
			return nil, fmt.Errorf("decompress records: %w", err)
		}
	}
	for rest := records; len(rest) > 0; {
		record, n := protowire.ConsumeBytes(rest)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		resource, revision, err := subject(record)
		if err != nil {
			return nil, fmt.Errorf("decode record: %w", err)
		}
		to, rest = append(to, entry{resource, revision, record}), rest[n:]
	}
	return to, nil
}

// The fields of a Record that name its resource and revision.
const (
	resourceField = 1
	revisionField = 2
)

// subject reads the resource and the revision of a record without decoding the rest.
func subject(record []byte) (resource string, revision int64, err error) {
	for len(record) > 0 {
		field, kind, n := protowire.ConsumeTag(record)
		if n < 0 {
			return "", 0, protowire.ParseError(n)
		}
		record = record[n:]
		switch {
		case field == resourceField && kind == protowire.BytesType:
			resource, n = protowire.ConsumeString(record)
		case field == revisionField && kind == protowire.VarintType:
			var v uint64
			v, n = protowire.ConsumeVarint(record)
			revision = int64(v) //nolint:gosec // as it was written
		default:
			n = protowire.ConsumeFieldValue(field, kind, record)
		}
		if n < 0 {
			return "", 0, protowire.ParseError(n)
		}
		record = record[n:]
	}
	return resource, revision, nil
}
