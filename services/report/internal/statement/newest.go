package statement

import (
	"context"
	"fmt"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
)

// Stated reads statements for the documents that show them.
type Stated struct {
	statements *resource.Store[*reportv1.Statement]
}

// In reads the statements of a service in which their room is opened.
func In(k *resource.Kit) (Stated, error) {
	statements, err := resource.Opened[*reportv1.Statement](k)
	return Stated{statements}, err
}

// Newest is the statement of each indicator of a campaign that speaks of the latest day, by indicator. It reads q, so
// that a bulletin sees statements and rollups in one snapshot.
func (s Stated) Newest(ctx context.Context, q database.Querier, campaign string) (map[string]*reportv1.Statement, error) {
	all, err := s.statements.Where(ctx, q, "campaign", campaign)
	if err != nil {
		return nil, fmt.Errorf("load statements of %s: %w", campaign, err)
	}
	newest := make(map[string]*reportv1.Statement, len(all))
	for _, m := range all { // their names end with the day
		newest[m.GetIndicator()] = m
	}
	return newest, nil
}
