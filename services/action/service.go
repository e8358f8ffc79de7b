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

// Peers are the dependencies of the service besides its [resource.Deps].
type Peers struct {
	// Organizations is a client of the org service. It must send the originating caller's token along, as client.Wrap
	// does.
	Organizations orgv1.OrganizationServiceClient
	// Scopes is a client of the village service, with the same requirement as Organizations.
	Scopes villagev1.ScopeServiceClient
}

// Service returns the declaration of the action service.
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
