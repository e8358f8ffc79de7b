package delivery

import (
	"context"

	"google.golang.org/grpc/codes"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/action/internal/campaign"
	"github.com/wancun/wancun/services/action/internal/peers"
)

var _ actionv1.DeliveryServiceServer = (*server)(nil)

type server struct {
	actionv1.UnsafeDeliveryServiceServer
	deliveries *resource.Store[*actionv1.Delivery]
	catalogues *campaign.Catalogues
	peers      *peers.Peers
}

// Room returns the room that stores deliveries and serves DeliveryService.
func Room(c *campaign.Catalogues, p *peers.Peers) resource.Room {
	return resource.RoomOf(kind(c), func(_ context.Context, k *resource.Kit, deliveries *resource.Store[*actionv1.Delivery]) error {
		actionv1.RegisterDeliveryServiceServer(k, &server{deliveries: deliveries, catalogues: c, peers: p})
		return nil
	})
}

// CreateDelivery is the hot path: while the world is cached, it calls no other service and reads nothing from the
// database.
func (s *server) CreateDelivery(ctx context.Context, r *actionv1.CreateDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Create(ctx, r, resource.Each(s.admit))
}

// BatchCreateDeliveries gathers the world once for all deliveries of a campaign.
func (s *server) BatchCreateDeliveries(ctx context.Context, r *actionv1.BatchCreateDeliveriesRequest) (*actionv1.BatchCreateDeliveriesResponse, error) {
	return resource.BatchCreate[*actionv1.BatchCreateDeliveriesResponse](ctx, s.deliveries, r, resource.ByParent(s.admitAll))
}

func (s *server) admitAll(ctx context.Context, campaign string, deliveries []*actionv1.Delivery) (func(*actionv1.Delivery) error, error) {
	organizations := make([]string, len(deliveries))
	for i, d := range deliveries {
		organizations[i] = d.GetOrganization()
	}
	w, err := s.world(ctx, recent.Fresh, campaign, organizations...)
	if err != nil {
		return nil, err
	}
	return w.admit, nil
}

// admit applies the rules of recording to the cached world. It gathers a fresh world only if the cached one would
// refuse the delivery.
func (s *server) admit(ctx context.Context, d *actionv1.Delivery) error {
	err := s.admitAt(ctx, recent.Kept, d)
	if refused(err) {
		return s.admitAt(ctx, recent.Fresh, d)
	}
	return err
}

func (s *server) admitAt(ctx context.Context, age recent.Age, d *actionv1.Delivery) error {
	w, err := s.world(ctx, age, resource.Parent(d.GetName()), d.GetOrganization())
	if err != nil {
		return err
	}
	return w.admit(d)
}

func refused(err error) bool {
	e, ok := fault.From(err)
	return ok && (e.Code() == codes.InvalidArgument || e.Code() == codes.FailedPrecondition)
}

// world gathers what the rules need for deliveries of the named campaign. It makes at most one call to village for the
// scope and one call to org for each 1,000 organizations, and no call while the cached answers are recent enough.
func (s *server) world(ctx context.Context, age recent.Age, name string, organizations ...string) (*world, error) {
	c, err := s.catalogues.Of(ctx, age, name)
	if err != nil {
		return nil, err
	}
	scope, err := s.peers.Membership(ctx, age, c.Scope())
	if err != nil {
		return nil, err
	}
	approvals, err := s.peers.Organizations(ctx, age, organizations...)
	if err != nil {
		return nil, err
	}
	return &world{campaign: c, scope: scope, organizations: approvals}, nil
}

// GetDelivery returns only deliveries of the caller's area and organization, NOT_FOUND for others.
func (s *server) GetDelivery(ctx context.Context, r *actionv1.GetDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Get(ctx, r)
}

// ListDeliveries can filter and order by the columns of kind.
func (s *server) ListDeliveries(ctx context.Context, r *actionv1.ListDeliveriesRequest) (*actionv1.ListDeliveriesResponse, error) {
	return resource.Page[*actionv1.ListDeliveriesResponse](ctx, s.deliveries, r)
}

// UpdateDelivery applies the rules of recording to the amended delivery.
func (s *server) UpdateDelivery(ctx context.Context, r *actionv1.UpdateDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Update(ctx, r, func(_, updated *actionv1.Delivery) error {
		return s.admit(ctx, updated)
	})
}

// ConfirmDelivery applies the transition that the proto declares.
func (s *server) ConfirmDelivery(ctx context.Context, r *actionv1.ConfirmDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Mutate(ctx, r, nil)
}

// DisputeDelivery applies the transition that the proto declares and stores the reason in the delivery.
func (s *server) DisputeDelivery(ctx context.Context, r *actionv1.DisputeDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Mutate(ctx, r, nil)
}

// VoidDelivery applies the transition that the proto declares and stores the reason in the delivery. The delivery still
// shows who confirmed or disputed it.
func (s *server) VoidDelivery(ctx context.Context, r *actionv1.VoidDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Mutate(ctx, r, nil)
}
