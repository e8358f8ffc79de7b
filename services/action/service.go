package action

import (
	"embed"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/action/internal/campaign"
	"github.com/wancun/wancun/services/action/internal/delivery"
	"github.com/wancun/wancun/services/action/internal/peers"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Peers are what the service is given beside its [resource.Deps].
type Peers struct {
	// Organizations asks the org service. The client must send the originating caller's token along, as client.Wrap does.
	Organizations orgv1.OrganizationServiceClient
	// Scopes asks the village service, as Organizations does org.
	Scopes villagev1.ScopeServiceClient
}

// Service declares the service.
func Service() service.Service[Peers] {
	return service.Service[Peers]{
		Name: "action", Description: "Campaigns with their actions and indicators, and what was delivered.", Migrations: migrations,
		Rooms: rooms,
	}
}

func rooms(k *resource.Kit, given Peers) ([]resource.Room, error) {
	p, err := peers.New(given.Organizations, given.Scopes, k.Clock)
	if err != nil {
		return nil, err
	}
	catalogues, err := campaign.NewCatalogues(k)
	if err != nil {
		return nil, err
	}
	return []resource.Room{campaign.Room(catalogues, p), delivery.Room(catalogues, p)}, nil
}
