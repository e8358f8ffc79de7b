package bulletin

import (
	"context"
	"slices"
	"strings"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/services/report/internal/figure"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// load reads the bulletin of a campaign at a moment, or in a present state whose statements are covered by a signed
// checkpoint. If statements are being written all the time, it gives up after three attempts and returns the bulletin as
// it is.
func (s *server) load(ctx context.Context, campaign, asKnownAt string) (b *reportv1.Bulletin, err error) {
	for range 3 {
		var settled bool
		err = s.rollups.Snapshot(ctx, "as_known_at", asKnownAt, func(ctx context.Context, q database.Querier, m *rollup.Moment) error {
			b, settled, err = s.read(ctx, q, campaign, m)
			return err
		})
		if err != nil || settled {
			break
		}
		if err = s.journal.Sync(ctx); err != nil {
			break
		}
	}
	return b, err
}

// read reads the bulletin of a campaign at a moment from the snapshot q. settled reports whether the checkpoints cover
// everything in the bulletin.
func (s *server) read(ctx context.Context, q database.Querier, campaign string, m *rollup.Moment) (b *reportv1.Bulletin, settled bool, err error) {
	asOf, settled, err := asOf(ctx, q, m)
	if err != nil {
		return nil, false, err
	}
	src, whole, err := s.source(ctx, q, campaign, m)
	if err != nil {
		return nil, false, err
	}
	c := src.Campaign
	return &reportv1.Bulletin{
		Name: campaign + "/bulletin", DisplayName: c.GetDisplayName(), DisplayNameEn: c.GetDisplayNameEn(),
		Issuer: c.GetIssuer(), IssuerEn: c.GetIssuerEn(), ExampleNote: c.GetExampleNote(), ExampleNoteEn: c.GetExampleNoteEn(),
		AsOf: asOf, Figures: figure.Figures(src), Groups: figure.Groups(c),
		Recorded: whole.Recorded, Confirmed: whole.Confirmed,
		Organizations: whole.Organizations, Villages: whole.Villages, ScopeVillages: whole.ScopeVillages, Letterhead: c.GetLetterhead(),
	}, settled, nil
}

// asOf returns the position of report's own journal, which holds the statements, together with those of the journals
// that the rollups follow.
func asOf(ctx context.Context, q database.Querier, m *rollup.Moment) (a *reportv1.AsOf, settled bool, err error) {
	if a, err = rollup.AsOf(ctx, q, m); err != nil {
		return nil, false, err
	}
	var size int64
	var signed string
	if m == nil {
		size, signed, settled, err = journal.Newest(ctx, q)
	} else {
		size, settled = m.Own, true
		signed, err = journal.Covering(ctx, q, size)
	}
	if err != nil {
		return nil, false, err
	}
	a.Positions = append(a.Positions, &reportv1.LogPosition{Log: "logs/report", Position: size, Checkpoint: signed})
	slices.SortFunc(a.Positions, func(a, b *reportv1.LogPosition) int { return strings.Compare(a.GetLog(), b.GetLog()) })
	return a, settled, nil
}

func (s *server) source(ctx context.Context, q database.Querier, campaign string, m *rollup.Moment) (figure.Source, rollup.Whole, error) {
	src := figure.Source{Answers: map[string]figure.Answer{}}
	var whole rollup.Whole
	view, err := s.view(ctx, q, campaign, m)
	if err != nil {
		return src, whole, err
	}
	src.Campaign = view.Campaign
	for _, i := range src.Campaign.GetIndicators() {
		if src.Answers[i.GetId()], err = view.Answer(ctx, i); err != nil {
			return src, whole, err
		}
	}
	if whole, err = view.Whole(ctx); err != nil {
		return src, whole, err
	}
	if m == nil {
		src.Stated, err = s.stated.Newest(ctx, q, campaign)
	} else {
		src.Stated, err = s.stated.NewestAt(ctx, q, campaign, m.Own)
	}
	return src, whole, err
}

// view returns the view of a campaign at a moment, on its counting day.
func (s *server) view(ctx context.Context, q database.Querier, campaign string, m *rollup.Moment) (*rollup.View, error) {
	c, err := rollup.Campaign(ctx, q, campaign, m)
	if err != nil {
		return nil, err
	}
	return s.rollups.View(ctx, q, c, rollup.CountingDay(c, m.Now(s.now())), m)
}
