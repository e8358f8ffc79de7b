package org

import (
	"embed"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/org/internal/organization"
	"github.com/wancun/wancun/services/org/internal/peers"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Peers are what the service is given beside its [resource.Deps], of which it needs PersonalKey for contact persons.
type Peers struct {
	// Divisions asks the village service which divisions there are. The client must send the originating caller's token
	// along, as client.Wrap does. Opening does not call it, so that org starts while village is away.
	Divisions villagev1.DivisionServiceClient
}

// Service declares the service.
func Service() service.Service[Peers] {
	return service.Service[Peers]{
		Name: "org", Description: "Organizations: who takes part in Wancun's campaigns.", Migrations: migrations,
		Rooms: func(k *resource.Kit, given Peers) ([]resource.Room, error) {
			p, err := peers.New(given.Divisions, k.Clock)
			return []resource.Room{organization.Room(p)}, err
		},
	}
}
