package statement

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
)

// Newest is the statement of each indicator of a campaign that speaks of the latest day, by indicator. It reads q, so
// that a bulletin sees statements and rollups in one snapshot.
func Newest(ctx context.Context, q database.Querier, campaign string) (map[string]*reportv1.Statement, error) {
	type row struct {
		Name string `db:"name"`
		Body []byte `db:"body"`
	}
	rows, err := database.All[row](ctx, q, "SELECT name, body FROM statements WHERE campaign = $1 ORDER BY indicator, as_of", campaign)
	if err != nil {
		return nil, fmt.Errorf("load statements of %s: %w", campaign, err)
	}
	newest := make(map[string]*reportv1.Statement, len(rows))
	for _, r := range rows {
		m := &reportv1.Statement{}
		if err := proto.Unmarshal(r.Body, m); err != nil {
			return nil, fmt.Errorf("decode %s: %w", r.Name, err)
		}
		newest[m.GetIndicator()] = m
	}
	return newest, nil
}
