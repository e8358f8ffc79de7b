package query

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// CompareFigures reads both moments in one snapshot.
func (s *server) CompareFigures(ctx context.Context, r *reportv1.CompareFiguresRequest) (*reportv1.CompareFiguresResponse, error) {
	out := &reportv1.CompareFiguresResponse{}
	var changes []*reportv1.FigureChange
	err := s.rollups.Snapshot(ctx, "before", r.GetBefore(), func(ctx context.Context, q database.Querier, before *rollup.Moment) error {
		after, err := s.rollups.Moment(ctx, q, "after", r.GetAfter())
		if err != nil {
			return err
		}
		if out.Before, err = rollup.AsOf(ctx, q, before); err != nil {
			return err
		}
		if out.After, err = rollup.AsOf(ctx, q, after); err != nil {
			return err
		}
		changes, err = s.changes(ctx, q, r, before, after)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.TotalSize = int32(len(changes)) //nolint:gosec // at most maxRows
	out.Changes, out.NextPageToken, err = cut(s.pages, r, changes)
	return out, err
}

// changes returns all changes between two moments, in the order of the journal.
func (s *server) changes(ctx context.Context, q database.Querier, r *reportv1.CompareFiguresRequest, before, after *rollup.Moment) ([]*reportv1.FigureChange, error) {
	c, err := rollup.Campaign(ctx, q, r.GetParent(), after)
	if err != nil {
		return nil, err
	}
	asked, err := parse(&reportv1.QueryFiguresRequest{Parent: r.GetParent(), Source: r.GetSource(), Filter: r.GetFilter()}, c, s.sources, access.From(ctx),
		rollup.CountingDay(c, after.Now(s.now())))
	if err != nil {
		return nil, err
	}
	if before.Later(after, asked.source.Log) {
		return nil, fault.Invalid("before", "MOMENTS_REVERSED", "must not be later than after")
	}
	old, err := newReader(ctx, q, asked, before, s.limit)
	if err != nil {
		return nil, err
	}
	names, err := rollup.Changed(ctx, q, old.all, asked.source.Log, before, after, s.limit+1)
	if err != nil {
		return nil, err
	}
	if len(names) > s.limit {
		return nil, old.tooMany()
	}
	found := map[string]*reportv1.FigureChange{}
	for _, name := range names {
		found[name] = &reportv1.FigureChange{Resource: name, Log: "logs/" + asked.source.Log}
	}
	if err := old.each(ctx, names, func(_ rollup.Part, row *reportv1.FigureRow, name string) { found[name].Before = row }); err != nil {
		return nil, err
	}
	present, err := newReader(ctx, q, asked, after, s.limit)
	if err != nil {
		return nil, err
	}
	err = present.each(ctx, names, func(newest rollup.Part, row *reportv1.FigureRow, name string) {
		found[name].After, found[name].Position, found[name].Revision = row, newest.Since, newest.Revision
	})
	if err != nil {
		return nil, err
	}
	var out []*reportv1.FigureChange
	for _, name := range names {
		if change := found[name]; !proto.Equal(change.GetBefore(), change.GetAfter()) {
			out = append(out, change)
		}
	}
	slices.SortFunc(out, func(a, b *reportv1.FigureChange) int { return cmp.Compare(a.GetPosition(), b.GetPosition()) })
	return out, nil
}

// each calls fn for each resource that has facts at the reader's moment, with one of its facts and what all of them add
// to the query: nil if they add nothing.
func (r *reader) each(ctx context.Context, names []string, fn func(one rollup.Part, row *reportv1.FigureRow, name string)) error {
	rows, err := rollup.FactsOf(ctx, r.q, names, r.source.Log, r.at)
	if err != nil {
		return err
	}
	of := map[string][]rollup.Part{}
	for _, row := range rows {
		of[row.Name] = append(of[row.Name], row)
	}
	for name, rows := range of {
		r.totals = newTotals(r.query)
		if err := r.addFactRows(ctx, rows, r.totals.addSum); err != nil {
			return err
		}
		var sum *reportv1.FigureRow
		for _, row := range r.totals.rows { // at most one, since nothing is grouped
			sum = r.totals.message(row, namer{})
		}
		fn(rows[0], sum, name)
	}
	return nil
}
