package query

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
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
	db      *database.DB
	sources []facts.Source
	pages   *page.Sealer
	limit   int // of rows
}

// Open registers FigureService with a service, for the facts of some sources.
func Open(k *resource.Kit, sources []facts.Source) error {
	pages, err := page.NewSealer(k.PageKey)
	if err != nil {
		return err
	}
	reportv1.RegisterFigureServiceServer(k, &server{db: k.DB, sources: sources, pages: pages, limit: maxRows})
	return nil
}

// QueryFigures reads all rows of a query in one snapshot and returns one page of them.
func (s *server) QueryFigures(ctx context.Context, r *reportv1.QueryFiguresRequest) (*reportv1.QueryFiguresResponse, error) {
	from, err := s.open(r)
	if err != nil {
		return nil, err
	}
	out := &reportv1.QueryFiguresResponse{}
	var rows []*reportv1.FigureRow
	err = s.db.Snapshot(ctx, func(ctx context.Context, q database.Querier) (err error) {
		if out.AsOf, err = rollup.AsOf(ctx, q); err != nil {
			return err
		}
		rows, err = s.rows(ctx, q, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, s.cut(out, r, rows, from)
}

// rows returns all rows of a query.
func (s *server) rows(ctx context.Context, q database.Querier, r *reportv1.QueryFiguresRequest) ([]*reportv1.FigureRow, error) {
	c, err := rollup.Campaign(ctx, q, r.GetParent())
	if err != nil {
		return nil, err
	}
	asked, err := parse(r, c, s.sources, access.From(ctx))
	if err != nil {
		return nil, err
	}
	found, err := read(ctx, q, asked, s.limit)
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

// mark is the content of a page token: the number of rows before the page, and the hash of all rows.
type mark struct {
	before uint64
	rows   [32]byte
}

// open returns the mark of the request's page token.
func (s *server) open(r *reportv1.QueryFiguresRequest) (m mark, err error) {
	if r.GetPageToken() == "" {
		return m, nil
	}
	digest, err := digestOf(r)
	if err != nil {
		return m, err
	}
	cursor, err := s.pages.Open(digest, r.GetPageToken())
	if err != nil {
		return m, err
	}
	if len(cursor) != 8+len(m.rows) {
		return m, page.Refused()
	}
	m.before = binary.BigEndian.Uint64(cursor)
	copy(m.rows[:], cursor[8:])
	return m, nil
}

// digestOf identifies a query without its page.
func digestOf(r *reportv1.QueryFiguresRequest) ([32]byte, error) {
	r = proto.CloneOf(r)
	r.PageToken, r.PageSize = "", 0
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		return [32]byte{}, fmt.Errorf("digest query: %w", err)
	}
	return sha256.Sum256(append([]byte("QueryFigures\x00"), b...)), nil
}

// cut sets the page of a response, which begins at a mark.
func (s *server) cut(out *reportv1.QueryFiguresResponse, r *reportv1.QueryFiguresRequest, rows []*reportv1.FigureRow, from mark) error {
	whole, err := proto.MarshalOptions{Deterministic: true}.Marshal(&reportv1.QueryFiguresResponse{Rows: rows})
	if err != nil {
		return fmt.Errorf("digest rows: %w", err)
	}
	hash := sha256.Sum256(whole)
	if from != (mark{}) && from.rows != hash {
		return fault.Aborted(r.GetParent(), "FIGURE_CHANGED", "%s has changed since the first page; start again", r.GetParent())
	}
	out.TotalSize = int32(len(rows)) //nolint:gosec // at most maxRows
	rest := rows[min(from.before, uint64(len(rows))):]
	out.Rows = rest[:min(page.Size(r.GetPageSize()), len(rest))]
	if len(out.GetRows()) == len(rest) {
		return nil
	}
	digest, err := digestOf(r)
	if err != nil {
		return err
	}
	next := from.before + uint64(len(out.GetRows()))
	out.NextPageToken = s.pages.Seal(digest, append(binary.BigEndian.AppendUint64(nil, next), hash[:]...))
	return nil
}
