package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// request is a row of journal_requests.
type request struct {
	Digest  []byte `db:"digest"`
	Entries string `db:"entries"`
}

// Replay returns the records that a request wrote when it was applied, in the order of its [Write], and whether it was
// applied. Other content under the same id is ALREADY_EXISTS with reason REQUEST_ID_REUSED. A request is known from its
// commit until [Config.KeepRequests] has passed.
func (l *Log) Replay(ctx context.Context, subject, requestID string, digest []byte) ([]*journalv1.Record, bool, error) {
	w, found, err := l.remembered(ctx, subject, requestID, digest)
	if err != nil || !found {
		return nil, false, err
	}
	records, err := l.recall(ctx, subject, requestID, w)
	if err != nil {
		return nil, false, fmt.Errorf("replay request %q: %w", requestID, err)
	}
	return records, true, nil
}

// Applied returns how many entries a request wrote when it was applied, and whether it was applied. Use it in place of
// [Log.Replay] if the answer needs nothing else.
func (l *Log) Applied(ctx context.Context, subject, requestID string, digest []byte) (entries int, applied bool, err error) {
	w, found, err := l.remembered(ctx, subject, requestID, digest)
	return w.entries, found, err
}

// remembered returns where the entries of a request are, and whether it was applied.
func (l *Log) remembered(ctx context.Context, subject, requestID string, digest []byte) (written, bool, error) {
	r, err := database.One[request](ctx, l.db.Reader(),
		`SELECT digest, entries FROM journal_requests WHERE subject = $1 AND request_id = $2`, subject, requestID)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return written{}, false, nil
	case err != nil:
		return written{}, false, fmt.Errorf("load request %q: %w", requestID, err)
	case !bytes.Equal(r.Digest, digest):
		return written{}, false, fault.AlreadyExists("", "REQUEST_ID_REUSED", "request_id %q was used for another request", requestID)
	}
	w, err := readWritten(r.Entries)
	if err != nil {
		return written{}, false, fmt.Errorf("replay request %q: %w", requestID, err)
	}
	return w, true, nil
}

// written is where the entries of a request are in the log.
type written struct {
	resource string
	revision int64
	entries  int // including the first
}

// readWritten reads the text of Write.written.
func readWritten(text string) (written, error) {
	var w written
	stored := struct {
		First     [2]any `json:"0"`
		Following int    `json:"following"`
	}{First: [2]any{&w.resource, &w.revision}}
	if err := json.Unmarshal([]byte(text), &stored); err != nil || w.resource == "" {
		return written{}, err // an empty name: the request wrote nothing
	}
	w.entries = stored.Following + 1
	return w, nil
}

// recall loads the records of a remembered request once they are numbered. It starts at the first entry and returns
// those that have the request's id; entries of other requests that wrote at the same time may lie between them.
func (l *Log) recall(ctx context.Context, subject, requestID string, w written) ([]*journalv1.Record, error) {
	if w.entries == 0 {
		return nil, nil
	}
	if err := l.Sync(ctx); err != nil {
		return nil, err
	}
	cursor, err := database.One[int64](ctx, l.db.Reader(),
		`SELECT position - 1 FROM journal_entries WHERE resource = $1 AND revision = $2`, w.resource, w.revision)
	if err != nil {
		return nil, fmt.Errorf("find %q at revision %d: %w", w.resource, w.revision, err)
	}
	records := make([]*journalv1.Record, 0, w.entries)
	for len(records) < w.entries {
		page, err := database.All[numbered](ctx, l.db.Reader(),
			`SELECT position, record FROM journal_entries WHERE position > $1 ORDER BY position LIMIT $2`, cursor, min(w.entries, maxPage))
		if err != nil {
			return nil, fmt.Errorf("load records: %w", err)
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("load records: found %d of %d", len(records), w.entries)
		}
		for _, e := range page {
			record := new(journalv1.Record)
			if err := proto.Unmarshal(e.Record, record); err != nil {
				return nil, fmt.Errorf("decode record %d: %w", e.Position, err)
			}
			if record.GetRequestId() == requestID && record.GetActor().GetSubject() == subject {
				records = append(records, record)
			}
			cursor = e.Position
		}
	}
	return records, nil
}

// forget deletes expired requests, in portions, so that no transaction blocks the writers for long.
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
