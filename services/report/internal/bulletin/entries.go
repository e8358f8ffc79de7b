package bulletin

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/page"
	"github.com/wancun/wancun/services/report/internal/figure"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// ListFigureEntries reads a page in one snapshot with the total that all pages add up to.
func (s *server) ListFigureEntries(ctx context.Context, r *reportv1.ListFigureEntriesRequest) (*reportv1.ListFigureEntriesResponse, error) {
	query := sha256.Sum256(fmt.Appendf(nil, "ListFigureEntries\x00%s\x00%t", r.GetParent(), r.GetConfirmed()))
	var from mark
	if r.GetPageToken() != "" {
		cursor, err := s.pages.Open(query, r.GetPageToken())
		if err != nil {
			return nil, err
		}
		if from, err = markOf(cursor); err != nil {
			return nil, err
		}
	}
	var out *reportv1.ListFigureEntriesResponse
	var next *mark
	err := s.db.Snapshot(ctx, func(ctx context.Context, q database.Querier) (err error) {
		out, next, err = drill(ctx, q, r, from)
		return err
	})
	if err != nil {
		return nil, err
	}
	if next != nil {
		out.NextPageToken = s.pages.Seal(query, next.cursor())
	}
	return out, nil
}

// mark is where a page ended, and what the figure was then.
type mark struct {
	after  int64
	figure [32]byte
}

func (m mark) cursor() []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(m.after)), m.figure[:]...) //nolint:gosec // positions are not negative
}

func markOf(cursor []byte) (mark, error) {
	var m mark
	if len(cursor) != 8+len(m.figure) {
		return m, fault.Invalid("page_token", "PAGE_TOKEN_INVALID", "is of another version; leave it out to start again")
	}
	m.after = int64(binary.BigEndian.Uint64(cursor)) //nolint:gosec // sealed by cursor
	copy(m.figure[:], cursor[8:])
	return m, nil
}

// drill reads a page of a figure's entries after from, and where the next one begins; nil if there is none.
func drill(ctx context.Context, q database.Querier, r *reportv1.ListFigureEntriesRequest, from mark) (*reportv1.ListFigureEntriesResponse, *mark, error) {
	asOf, err := rollup.AsOf(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	campaign, id, _ := strings.Cut(r.GetParent(), "/figures/")
	i, err := indicator(ctx, q, campaign, id)
	if err != nil {
		return nil, nil, err
	}
	out := &reportv1.ListFigureEntriesResponse{AsOf: asOf, Total: &reportv1.Amount{}}
	slice, ok := figure.SliceOf(i)
	if !ok {
		return out, nil, nil // counted from the scope, or only stated: no delivery is behind it
	}
	selection := rollup.Selection{Campaign: idOf(campaign), Slice: slice, Confirmed: r.GetConfirmed()}
	if out.Total, err = total(ctx, q, i, selection); err != nil {
		return nil, nil, err
	}
	now, err := fingerprint(ctx, q, selection, out.GetTotal())
	if err != nil {
		return nil, nil, err
	}
	if from != (mark{}) && from.figure != now {
		return nil, nil, fault.Aborted(r.GetParent(), "FIGURE_CHANGED", "%s has changed since the first page; start again", i.GetId())
	}
	more, err := fill(ctx, q, out, i, selection, from.after, page.Size(r.GetPageSize()))
	if err != nil || !more {
		return out, nil, err
	}
	return out, &mark{after: out.GetEntries()[len(out.GetEntries())-1].GetPosition(), figure: now}, nil
}

func indicator(ctx context.Context, q database.Querier, campaign, id string) (*actionv1.Indicator, error) {
	c, err := rollup.Campaign(ctx, q, campaign)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(c.GetIndicators(), func(i *actionv1.Indicator) bool { return i.GetId() == id })
	if n < 0 {
		return nil, fault.NotFound(campaign + "/figures/" + id)
	}
	return c.GetIndicators()[n], nil
}

func total(ctx context.Context, q database.Querier, i *actionv1.Indicator, s rollup.Selection) (*reportv1.Amount, error) {
	totals, err := rollup.Totals(ctx, q, s.Campaign)
	if err != nil {
		return nil, err
	}
	recorded, confirmed := figure.Amounts(i, totals)
	if s.Confirmed {
		return confirmed, nil
	}
	return recorded, nil
}

// fingerprint changes whenever the entries of a figure do.
func fingerprint(ctx context.Context, q database.Querier, s rollup.Selection, total *reportv1.Amount) ([32]byte, error) {
	touched, err := rollup.LastTouched(ctx, q, s)
	if err != nil {
		return [32]byte{}, err
	}
	sum, err := proto.MarshalOptions{Deterministic: true}.Marshal(total)
	if err != nil {
		return [32]byte{}, fmt.Errorf("fingerprint: %w", err)
	}
	return sha256.Sum256(binary.BigEndian.AppendUint64(sum, uint64(touched))), nil //nolint:gosec // positions are not negative
}

// fill adds up to size entries and says whether there are more.
func fill(ctx context.Context, q database.Querier, out *reportv1.ListFigureEntriesResponse, i *actionv1.Indicator, s rollup.Selection, after int64, size int) (bool, error) {
	entries, err := rollup.Entries(ctx, q, s, after, size+1)
	if err != nil {
		return false, err
	}
	by := access.From(ctx)
	for _, e := range entries[:min(len(entries), size)] {
		a := figure.AmountOf(i, e.Measure, e.Sum)
		if figure.OfOrganizations(i) && e.First {
			a.Value = 1 // an organization counts once, by the first of its deliveries
		}
		entry := &reportv1.FigureEntry{Position: e.Position, Revision: e.Revision, State: e.State, Amount: a}
		if by.Covers(e.Village, e.Organization) {
			entry.Delivery, entry.Organization, entry.Village, entry.DeliveryDate = e.Name, e.Organization, e.Village, e.Date
		}
		out.Entries = append(out.Entries, entry)
	}
	return len(entries) > size, nil
}
