package campaign

import (
	"context"
	"fmt"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/action/internal/peers"
)

var _ actionv1.CampaignServiceServer = (*server)(nil)

type server struct {
	actionv1.UnsafeCampaignServiceServer
	campaigns  *resource.Store[*actionv1.Campaign]
	catalogues *Catalogues
	peers      *peers.Peers
	db         *database.DB
}

// Room returns the room that stores campaigns and serves CampaignService.
func Room(c *Catalogues, p *peers.Peers) resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, campaigns *resource.Store[*actionv1.Campaign]) error {
		actionv1.RegisterCampaignServiceServer(k, &server{campaigns: campaigns, catalogues: c, peers: p, db: k.DB})
		return nil
	})
}

// CreateCampaign asks the village service whether the scope exists. Validate checks the catalogue.
func (s *server) CreateCampaign(ctx context.Context, r *actionv1.CreateCampaignRequest) (*actionv1.Campaign, error) {
	return s.campaigns.Create(ctx, r, resource.Each(func(ctx context.Context, c *actionv1.Campaign) error {
		_, err := s.peers.Membership(ctx, recent.Fresh, c.GetScope())
		return peers.At("scope", err)
	}))
}

// UpdateCampaign applies Keep to the catalogue and keepDeliveries to the dates.
func (s *server) UpdateCampaign(ctx context.Context, r *actionv1.UpdateCampaignRequest) (*actionv1.Campaign, error) {
	// Deferred, because the update may be committed even if it returns an error: the caller can cancel after the
	// commit.
	defer s.catalogues.ready.Forget(r.GetCampaign().GetName())
	return s.campaigns.Update(ctx, r, func(old, updated *actionv1.Campaign) error {
		if err := Keep(old, updated); err != nil {
			return err
		}
		return s.keepDeliveries(ctx, updated)
	})
}

// keepDeliveries refuses new dates if a recorded delivery lies outside of them.
func (s *server) keepDeliveries(ctx context.Context, c *actionv1.Campaign) error {
	const outside = `SELECT name FROM deliveries WHERE name > $1 AND name < $2 AND state <> $3
		AND (delivery_date < $4 OR delivery_date > $5) ORDER BY name LIMIT 1`
	k := NewCatalogue(c)
	found, err := database.All[string](ctx, s.db.Reader(), outside, c.GetName()+"/deliveries/", c.GetName()+"/deliveries0",
		int64(actionv1.Delivery_VOID), int64(k.start), int64(k.end))
	if err != nil {
		return fmt.Errorf("look for deliveries outside the dates: %w", err)
	}
	if len(found) > 0 {
		return fault.Precondition(c.GetName(), "DELIVERIES_OUTSIDE", "%s lies outside the new dates", found[0]).At("")
	}
	return nil
}

// GetCampaign serves all callers.
func (s *server) GetCampaign(ctx context.Context, r *actionv1.GetCampaignRequest) (*actionv1.Campaign, error) {
	return s.campaigns.Get(ctx, r)
}

// ListCampaigns serves all callers.
func (s *server) ListCampaigns(ctx context.Context, r *actionv1.ListCampaignsRequest) (*actionv1.ListCampaignsResponse, error) {
	return resource.Page[*actionv1.ListCampaignsResponse](ctx, s.campaigns, r)
}
