package statement

import (
	"context"
	"fmt"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
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
	newest := make(map[string]*reportv1.Statement, len(all))
	for _, m := range all { // sorted by name, which ends with the date
		newest[m.GetIndicator()] = m
	}
	return newest, nil
}
