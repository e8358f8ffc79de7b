package need

import (
	"context"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.NeedServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeNeedServiceServer
	needs *resource.Store[*villagev1.Need]
	now   func() time.Time
	newID func() string
}

// New opens the store of needs and returns the handlers.
func New(ctx context.Context, k *resource.Kit, villages resource.Parents, now func() time.Time, newID func() string) (villagev1.NeedServiceServer, error) {
	needs, err := resource.NewStore(ctx, k, kind(villages))
	if err != nil {
		return nil, err
	}
	return &server{needs: needs, now: now, newID: newID}, nil
}

// CreateNeed begins a need as Draft does.
func (s *server) CreateNeed(ctx context.Context, r *villagev1.CreateNeedRequest) (*villagev1.Need, error) {
	return s.needs.Create(ctx, r, s.name(r), r.GetNeed(), s.drafting())
}

// BatchCreateNeeds takes needs of any villages.
func (s *server) BatchCreateNeeds(ctx context.Context, r *villagev1.BatchCreateNeedsRequest) (*villagev1.BatchCreateNeedsResponse, error) {
	items := make([]resource.Item[*villagev1.Need], len(r.GetRequests()))
	for i, one := range r.GetRequests() {
		items[i] = resource.Item[*villagev1.Need]{Name: s.name(one), Message: one.GetNeed(), Acknowledge: one.GetAcknowledge()}
	}
	b, err := s.needs.BatchCreate(ctx, r, items, s.drafting())
	if err != nil {
		return nil, err
	}
	return &villagev1.BatchCreateNeedsResponse{Needs: b.Items, CreatedCount: b.Created, UnchangedCount: b.Unchanged}, nil
}

func (s *server) name(r *villagev1.CreateNeedRequest) string {
	if id := r.GetNeedId(); id != "" {
		return nameOf(r.GetParent(), id)
	}
	return nameOf(r.GetParent(), s.newID())
}

func (s *server) drafting() func(*villagev1.Need) error {
	today := day.Today(s.now())
	return func(n *villagev1.Need) error { return Draft(n, today) }
}

// GetNeed finds only what lies in the caller's area.
func (s *server) GetNeed(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	return s.needs.Get(ctx, r)
}

// ListNeeds filters and orders by the columns of kind.
func (s *server) ListNeeds(ctx context.Context, r *villagev1.ListNeedsRequest) (*villagev1.ListNeedsResponse, error) {
	needs, next, err := s.needs.List(ctx, r)
	if err != nil {
		return nil, err
	}
	return &villagev1.ListNeedsResponse{Needs: needs, NextPageToken: next}, nil
}

// UpdateNeed changes a need that Edit allows to change.
func (s *server) UpdateNeed(ctx context.Context, r *villagev1.UpdateNeedRequest) (*villagev1.Need, error) {
	return s.needs.Update(ctx, r, r.GetNeed(), func(old, updated *villagev1.Need) error {
		return Edit(old, updated, day.Today(s.now()))
	})
}

// SubmitNeed changes the state by the rule of Submit.
func (s *server) SubmitNeed(ctx context.Context, r *villagev1.SubmitNeedRequest) (*villagev1.Need, error) {
	return s.needs.Mutate(ctx, r, Submit)
}

// VerifyNeed answers for the county by the rule of Verify.
func (s *server) VerifyNeed(ctx context.Context, r *villagev1.VerifyNeedRequest) (*villagev1.Need, error) {
	return s.needs.Answer(ctx, r, func(n *villagev1.Need, _ time.Time) error { return Verify(n, access.From(ctx)) })
}

// ReturnNeed answers for the county by the rule of Return. The journal keeps the reason of each return.
func (s *server) ReturnNeed(ctx context.Context, r *villagev1.ReturnNeedRequest) (*villagev1.Need, error) {
	return s.needs.Answer(ctx, r, func(n *villagev1.Need, _ time.Time) error { return Return(n, r.GetReason()) })
}
