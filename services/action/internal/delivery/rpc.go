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

// Room keeps the deliveries.
func Room(c *campaign.Catalogues, p *peers.Peers) resource.Room {
	return resource.RoomOf(kind(c), func(_ context.Context, k *resource.Kit, deliveries *resource.Store[*actionv1.Delivery]) error {
		actionv1.RegisterDeliveryServiceServer(k, &server{deliveries: deliveries, catalogues: c, peers: p})
		return nil
	})
}

// CreateDelivery is the hot path: with the world known, it asks no peer and reads nothing.
func (s *server) CreateDelivery(ctx context.Context, r *actionv1.CreateDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Create(ctx, r, resource.Each(s.admit))
}

// BatchCreateDeliveries asks about the world once for the whole sheet.
func (s *server) BatchCreateDeliveries(ctx context.Context, r *actionv1.BatchCreateDeliveriesRequest) (*actionv1.BatchCreateDeliveriesResponse, error) {
	return resource.BatchCreate[*actionv1.BatchCreateDeliveriesResponse](ctx, s.deliveries, r, resource.Together(s.admitAll))
}

func (s *server) admitAll(ctx context.Context, deliveries []*actionv1.Delivery) (func(*actionv1.Delivery) error, error) {
	organizations := make([]string, len(deliveries))
	for i, d := range deliveries {
		organizations[i] = d.GetOrganization()
	}
	w, err := s.world(ctx, recent.Fresh, resource.Parent(deliveries[0].GetName()), organizations...) // all are of one campaign
	if err != nil {
		return nil, err
	}
	return w.admit, nil
}

// admit applies the rules of recording to what is known of the world, and only if that would refuse the delivery, to what
// the world says now.
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

// world gathers what the rules ask about for deliveries of a campaign, with at most a call to village for the scope and
// one to org for each 1,000 organizations, and with none while what was learned is recent enough.
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

// GetDelivery finds only what lies in the caller's area and organization.
func (s *server) GetDelivery(ctx context.Context, r *actionv1.GetDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Get(ctx, r)
}

// ListDeliveries filters and orders by the columns of kind.
func (s *server) ListDeliveries(ctx context.Context, r *actionv1.ListDeliveriesRequest) (*actionv1.ListDeliveriesResponse, error) {
	return resource.Page[*actionv1.ListDeliveriesResponse](ctx, s.deliveries, r)
}

// UpdateDelivery puts an amended delivery to the same test as a new one.
func (s *server) UpdateDelivery(ctx context.Context, r *actionv1.UpdateDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Update(ctx, r, func(_, updated *actionv1.Delivery) error {
		return s.admit(ctx, updated)
	})
}

// ConfirmDelivery makes the transition that the contract declares.
func (s *server) ConfirmDelivery(ctx context.Context, r *actionv1.ConfirmDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Mutate(ctx, r, nil)
}

// DisputeDelivery leaves its reason in the delivery.
func (s *server) DisputeDelivery(ctx context.Context, r *actionv1.DisputeDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Mutate(ctx, r, nil)
}

// VoidDelivery leaves its reason in the delivery, and who answered stays readable.
func (s *server) VoidDelivery(ctx context.Context, r *actionv1.VoidDeliveryRequest) (*actionv1.Delivery, error) {
	return s.deliveries.Mutate(ctx, r, nil)
}
