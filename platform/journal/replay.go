package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// request is a row of journal_requests without its entries.
type request struct {
	Digest  []byte `db:"digest"`
	Entries int64  `db:"entries"`
}

// Replay returns the records that a request wrote when it was applied, in the order of its [Write], and whether it was
// applied at all. Another content under the same id is ALREADY_EXISTS with reason REQUEST_ID_REUSED. A request is known
// from its commit until [Config.KeepRequests] has passed.
func (l *Log) Replay(ctx context.Context, subject, requestID string, digest []byte) ([]*journalv1.Record, bool, error) {
	r, err := database.One[request](ctx, l.db.Reader(),
		`SELECT digest, (SELECT count(*) FROM json_each(entries)) AS entries
		 FROM journal_requests WHERE subject = $1 AND request_id = $2`, subject, requestID)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("load request %q: %w", requestID, err)
	case !bytes.Equal(r.Digest, digest):
		return nil, false, fault.AlreadyExists("", "REQUEST_ID_REUSED", "request_id %q was used for another request", requestID)
	}
	records, err := l.written(ctx, subject, requestID, r.Entries)
	if err != nil {
		return nil, false, fmt.Errorf("replay request %q: %w", requestID, err)
	}
	return records, true, nil
}

// written loads what a remembered request wrote, once it is numbered.
func (l *Log) written(ctx context.Context, subject, requestID string, want int64) ([]*journalv1.Record, error) {
	if want == 0 {
		return nil, nil
	}
	if err := l.Sync(ctx); err != nil {
		return nil, err
	}
	stored, err := database.All[[]byte](ctx, l.db.Reader(),
		`SELECT e.record
		 FROM journal_requests r
		 CROSS JOIN json_each(r.entries) w
		 JOIN journal_entries e ON e.resource = w.value ->> 0 AND e.revision = CAST(w.value ->> 1 AS BIGINT)
		 WHERE r.subject = $1 AND r.request_id = $2
		 ORDER BY CAST(w.key AS BIGINT)`, subject, requestID)
	if err != nil {
		return nil, fmt.Errorf("load records: %w", err)
	}
	if int64(len(stored)) != want {
		return nil, fmt.Errorf("load records: found %d of %d", len(stored), want)
	}
	records := make([]*journalv1.Record, len(stored))
	for i, b := range stored {
		records[i] = new(journalv1.Record)
		if err := proto.Unmarshal(b, records[i]); err != nil {
			return nil, fmt.Errorf("decode record: %w", err)
		}
	}
	return records, nil
}

// forget deletes requests that are past their time, in portions so that no transaction holds up the writers for long.
func (l *Log) forget(ctx context.Context) error {
	before := l.now().Add(-l.keep).UnixMicro()
	for {
		old, err := database.All[int64](ctx, l.db.Reader(),
			`SELECT time_us FROM journal_requests WHERE time_us < $1 ORDER BY time_us LIMIT 1000`, before)
		if err != nil {
			return fmt.Errorf("find old requests: %w", err)
		}
		if len(old) == 0 {
			return nil
		}
		err = l.db.Apply(ctx, []database.Statement{{
			SQL:  `DELETE FROM journal_requests WHERE time_us <= $1`,
			Args: []any{old[len(old)-1]},
			Rows: database.AnyRows,
		}})
		if err != nil {
			return fmt.Errorf("delete old requests: %w", err)
		}
	}
}
