package village

import (
	"context"
	"embed"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/village/internal/division"
	"github.com/wancun/wancun/services/village/internal/need"
	"github.com/wancun/wancun/services/village/internal/scope"
	"github.com/wancun/wancun/services/village/internal/succession"
	"github.com/wancun/wancun/services/village/internal/village"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Peers are the dependencies of the service besides its [resource.Deps].
type Peers struct {
	// Follow extends the grants of callers by the successions of divisions. It receives a source that reads them from
	// the service's own database, and is called once.
	Follow func(context.Context, access.Source) error
}

// Service returns the declaration of the village service.
func Service() service.Service[Peers] {
	return service.Service[Peers]{
		Name: "village", Description: "Divisions, villages, scopes, and what villages need.", Migrations: migrations,
		Steps: []database.Step{resource.Counters()},
		Rooms: func(_ *resource.Kit, p Peers) ([]resource.Room, error) {
			return []resource.Room{division.Room(), succession.Room(p.Follow), village.Room(), scope.Room(), need.Room()}, nil
		},
	}
}
