package query

import (
	"context"
	"time"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/page"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

var _ reportv1.FigureServiceServer = (*server)(nil)

// maxRows is the maximum number of rows that a query reads of a table.
const maxRows = 200_000

type server struct {
	reportv1.UnsafeFigureServiceServer
	rollups *rollup.Store
	sources []facts.Source
	pages   *page.Sealer
	limit   int // of rows
	now     func() time.Time
}

// Open registers FigureService with a service, for the facts of some sources.
func Open(k *resource.Kit, rollups *rollup.Store, sources []facts.Source) error {
	pages, err := page.NewSealer(k.PageKey)
	if err != nil {
		return err
	}
	reportv1.RegisterFigureServiceServer(k, &server{rollups: rollups, sources: sources, pages: pages, limit: maxRows, now: k.Clock})
	return nil
}

// QueryFigures reads all rows of a query in one snapshot and returns one page of them.
func (s *server) QueryFigures(ctx context.Context, r *reportv1.QueryFiguresRequest) (*reportv1.QueryFiguresResponse, error) {
	out := &reportv1.QueryFiguresResponse{}
	var rows []*reportv1.FigureRow
	err := s.rollups.Snapshot(ctx, "as_known_at", r.GetAsKnownAt(), func(ctx context.Context, q database.Querier, m *rollup.Moment) (err error) {
		if out.AsOf, err = rollup.AsOf(ctx, q, m); err != nil {
			return err
		}
		rows, err = s.rows(ctx, q, r, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.TotalSize = int32(len(rows)) //nolint:gosec // at most maxRows
	out.Rows, out.NextPageToken, err = cut(s.pages, r, rows)
	return out, err
}

// rows returns all rows of a query at a moment.
func (s *server) rows(ctx context.Context, q database.Querier, r *reportv1.QueryFiguresRequest, m *rollup.Moment) ([]*reportv1.FigureRow, error) {
	c, err := rollup.Campaign(ctx, q, r.GetParent(), m)
	if err != nil {
		return nil, err
	}
	asked, err := parse(r, c, s.sources, access.From(ctx), rollup.CountingDay(c, m.Now(s.now())))
	if err != nil {
		return nil, err
	}
	found, err := read(ctx, q, asked, m, s.limit)
	if err != nil {
		return nil, err
	}
	sorted, err := found.sorted()
	if err != nil {
		return nil, err
	}
	divisions, err := rollup.Divisions(ctx, q)
	if err != nil {
		return nil, err
	}
	rows := make([]*reportv1.FigureRow, len(sorted))
	for i, row := range sorted {
		rows[i] = found.message(row, namer{campaign: c, fields: asked.fields, divisions: divisions})
	}
	return rows, nil
}
