package org

import (
	"embed"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/org/internal/account"
	"github.com/wancun/wancun/services/org/internal/grant"
	"github.com/wancun/wancun/services/org/internal/invitation"
	"github.com/wancun/wancun/services/org/internal/organization"
	"github.com/wancun/wancun/services/org/internal/partybranch"
	"github.com/wancun/wancun/services/org/internal/peers"
	"github.com/wancun/wancun/services/org/internal/session"
	"github.com/wancun/wancun/services/org/internal/signin"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Peers are the dependencies of the service besides its [resource.Deps]. The service also needs Deps.PersonalKey, to
// encrypt contact persons.
type Peers struct {
	// Divisions is a client of the village service. It must send the originating caller's token along, as client.Wrap
	// does. Opening the service does not call it, so that org starts while village is unavailable.
	Divisions villagev1.DivisionServiceClient
	// Tokens signs the tokens of signed-in browsers; nil in a process without the issuer's key, where sessions cannot be
	// exchanged for tokens.
	Tokens signin.Tokens `optional:""`
}

// Service returns the declaration of the org service.
func Service() service.Service[Peers] {
	return service.Service[Peers]{
		Name: "org", Description: "Organizations, which take part in Wancun's campaigns, their party branches, and the accounts of callers.", Migrations: migrations,
		Rooms: func(k *resource.Kit, given Peers) ([]resource.Room, error) {
			p, err := peers.New(given.Divisions, k.Clock)
			return []resource.Room{
				organization.Room(p), partybranch.Room(), account.Room(), grant.Room(),
				invitation.Room(), session.Room(), signin.Room(given.Tokens),
			}, err
		},
	}
}
