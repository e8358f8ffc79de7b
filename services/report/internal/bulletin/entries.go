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
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// ListFigureEntries reads a page of entries in one snapshot, together with the total of all pages.
func (s *server) ListFigureEntries(ctx context.Context, r *reportv1.ListFigureEntriesRequest) (*reportv1.ListFigureEntriesResponse, error) {
	query := sha256.Sum256(fmt.Appendf(nil, "ListFigureEntries\x00%s\x00%t\x00%s", r.GetParent(), r.GetConfirmed(), r.GetAsKnownAt()))
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
	err := s.rollups.Snapshot(ctx, "as_known_at", r.GetAsKnownAt(), func(ctx context.Context, q database.Querier, m *rollup.Moment) (err error) {
		out, next, err = s.drill(ctx, q, r, from, m)
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

// mark is the content of a page token: the position of the last entry, and the fingerprint of the figure at that time.
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

// drill reads a page of a figure's entries at a moment after from, and returns the mark of the next page, or nil if this page is
// the last.
func (s *server) drill(ctx context.Context, q database.Querier, r *reportv1.ListFigureEntriesRequest, from mark, m *rollup.Moment) (*reportv1.ListFigureEntriesResponse, *mark, error) {
	asOf, err := rollup.AsOf(ctx, q, m)
	if err != nil {
		return nil, nil, err
	}
	campaign, id, _ := strings.Cut(r.GetParent(), "/figures/")
	view, err := s.view(ctx, q, campaign, m)
	if err != nil {
		return nil, nil, err
	}
	i, err := indicator(view.Campaign, id)
	if err != nil {
		return nil, nil, err
	}
	out := &reportv1.ListFigureEntriesResponse{AsOf: asOf, Total: &reportv1.Amount{}}
	selection, ok := view.Select(i, r.GetConfirmed())
	if !ok || !selection.Delivered() {
		return out, nil, nil // the figure is counted from the scope or only stated, so it has no deliveries
	}
	if out.Total, err = view.Amount(ctx, i, selection); err != nil {
		return nil, nil, err
	}
	now, err := fingerprint(ctx, view, selection, out.GetTotal())
	if err != nil {
		return nil, nil, err
	}
	if from != (mark{}) && from.figure != now {
		return nil, nil, fault.Aborted(r.GetParent(), "FIGURE_CHANGED", "%s has changed since the first page; start again", i.GetId())
	}
	entries, err := view.Entries(ctx, selection, from.after, page.Size(r.GetPageSize())+1)
	if err != nil || !fill(ctx, out, i, selection, entries, page.Size(r.GetPageSize())) {
		return out, nil, err
	}
	return out, &mark{after: out.GetEntries()[len(out.GetEntries())-1].GetPosition(), figure: now}, nil
}

func indicator(c *actionv1.Campaign, id string) (*actionv1.Indicator, error) {
	n := slices.IndexFunc(c.GetIndicators(), func(i *actionv1.Indicator) bool { return i.GetId() == id })
	if n < 0 {
		return nil, fault.NotFound(c.GetName() + "/figures/" + id)
	}
	return c.GetIndicators()[n], nil
}

// fingerprint returns a hash that changes whenever the entries of a figure change.
func fingerprint(ctx context.Context, v *rollup.View, s rollup.Selection, total *reportv1.Amount) ([32]byte, error) {
	touched, err := v.LastTouched(ctx, s)
	if err != nil {
		return [32]byte{}, err
	}
	sum, err := proto.MarshalOptions{Deterministic: true}.Marshal(total)
	if err != nil {
		return [32]byte{}, fmt.Errorf("fingerprint: %w", err)
	}
	return sha256.Sum256(append(sum, touched...)), nil
}

// fill adds up to size entries to out and reports whether there are more.
func fill(ctx context.Context, out *reportv1.ListFigureEntriesResponse, i *actionv1.Indicator, s rollup.Selection, entries []rollup.Entry, size int) bool {
	by := access.From(ctx)
	for _, e := range entries[:min(len(entries), size)] {
		entry := &reportv1.FigureEntry{Position: e.Position, Revision: e.Revision, State: stateOf(e.Stages), Amount: s.Part(i, e)}
		if by.Covers(e.Village, e.Organization) {
			entry.Delivery, entry.Organization, entry.Village, entry.DeliveryDate = e.Name, e.Organization, e.Village, e.Date
		}
		out.Entries = append(out.Entries, entry)
	}
	return len(entries) > size
}

// stateOf returns the state of a delivery from the stages that it has reached.
func stateOf(reached facts.Stages) actionv1.Delivery_State {
	switch {
	case reached.Has(facts.Confirmed):
		return actionv1.Delivery_CONFIRMED
	case reached.Has(facts.Disputed):
		return actionv1.Delivery_DISPUTED
	default:
		return actionv1.Delivery_RECORDED
	}
}
