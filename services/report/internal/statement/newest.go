package statement

import (
	"context"
	"fmt"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
)

// Stated reads statements for bulletins.
type Stated struct {
	statements *resource.Store[*reportv1.Statement]
}

// In returns a reader of the service's statements. The room of statements must be opened before.
func In(k *resource.Kit) (Stated, error) {
	statements, err := resource.Opened[*reportv1.Statement](k)
	return Stated{statements}, err
}

// Newest returns the statement with the latest date of each indicator of a campaign, by indicator. It reads from q, so
// that a bulletin reads statements and rollups in one snapshot.
func (s Stated) Newest(ctx context.Context, q database.Querier, campaign string) (map[string]*reportv1.Statement, error) {
	all, err := s.statements.Where(ctx, q, "campaign", campaign)
	if err != nil {
		return nil, fmt.Errorf("load statements of %s: %w", campaign, err)
	}
	return newest(all), nil
}

// NewestAt is Newest for the statements as the entries of report's log up to a position left them.
func (s Stated) NewestAt(ctx context.Context, q database.Querier, campaign string, position int64) (map[string]*reportv1.Statement, error) {
	records, err := journal.RecordsUpTo(ctx, q, campaign+"/statements/", position)
	if err != nil {
		return nil, fmt.Errorf("load statements of %s: %w", campaign, err)
	}
	all, err := s.statements.Recall(ctx, records)
	if err != nil {
		return nil, fmt.Errorf("load statements of %s: %w", campaign, err)
	}
	return newest(all), nil
}

// newest returns the last of the statements of each indicator. all is sorted by name, which ends with the date.
func newest(all []*reportv1.Statement) map[string]*reportv1.Statement {
	newest := make(map[string]*reportv1.Statement, len(all))
	for _, m := range all {
		newest[m.GetIndicator()] = m
	}
	return newest
}
