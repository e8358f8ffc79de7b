package journal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// SizeAt returns the number of entries that checkpoints covered at a time, in the state that q shows.
func SizeAt(ctx context.Context, q database.Querier, at time.Time) (int64, error) {
	size, err := database.One[int64](ctx, q, `SELECT COALESCE(MAX(size), 0) FROM journal_checkpoints WHERE time_us <= $1`, at.UnixMicro())
	if err != nil {
		return 0, fmt.Errorf("find checkpoint of a time: %w", err)
	}
	return size, nil
}

// TimeOf returns the time of the first checkpoint over at least size entries, or database.ErrNotFound.
func TimeOf(ctx context.Context, q database.Querier, size int64) (time.Time, error) {
	c, err := checkpointCovering(ctx, q, size)
	return time.UnixMicro(c.TimeUS), err
}

// Covering returns the first signed checkpoint over at least size entries, or database.ErrNotFound.
func Covering(ctx context.Context, q database.Querier, size int64) (signed string, err error) {
	c, err := checkpointCovering(ctx, q, size)
	return c.Note, err
}

// RecordsUpTo returns the newest records up to a position of the resources whose names begin with prefix, which
// ends in a slash, sorted by name.
func RecordsUpTo(ctx context.Context, q database.Querier, prefix string, position int64) ([]*journalv1.Record, error) {
	rows, err := database.All[entry](ctx, q,
		`SELECT e.resource, e.revision, e.record FROM (
		   SELECT resource, MAX(revision) AS revision FROM journal_entries
		   WHERE resource >= $1 AND resource < $2 AND position <= $3 GROUP BY resource
		 ) AS newest JOIN journal_entries AS e ON e.resource = newest.resource AND e.revision = newest.revision
		 ORDER BY e.resource`, prefix, strings.TrimSuffix(prefix, "/")+"0", position)
	if err != nil {
		return nil, fmt.Errorf("load records: %w", err)
	}
	records := make([]*journalv1.Record, len(rows))
	for i, row := range rows {
		records[i] = &journalv1.Record{}
		if err := proto.Unmarshal(row.Record, records[i]); err != nil {
			return nil, fmt.Errorf("read record of %s: %w", row.Resource, err)
		}
	}
	return records, nil
}
