package report

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/report/internal/bulletin"
	"github.com/wancun/wancun/services/report/internal/overview"
	"github.com/wancun/wancun/services/report/internal/query"
	"github.com/wancun/wancun/services/report/internal/rollup"
	"github.com/wancun/wancun/services/report/internal/source"
	"github.com/wancun/wancun/services/report/internal/statement"
	"github.com/wancun/wancun/services/report/migrations"
)

// Peers are the dependencies of the service besides its [resource.Deps]. The clock of Deps also determines the day on
// which the scope of an open campaign is counted, and the age of cached responses. The page key also seals what is
// written to Shared.
type Peers struct {
	// Journals are clients of the journals of org, village and action, by these names. Their identity must be allowed
	// to read the journals. Opening the service does not wait for journals that are unavailable; the followers retry in
	// the background.
	Journals map[string]journalv1.JournalServiceClient
	// Shared is the cache that all replicas share. nil means that the process has only its own cache.
	Shared cache.Shared `optional:""`
	// PublicURL is the address at which people reach the suite in a browser, such as https://wancun.example. Bulletins show
	// their own address under it, also as a QR code. Empty: they show none.
	PublicURL string `optional:""`
	// Font is the path of a TrueType font for bulletins in PDF. Empty: a font that comes with the service.
	Font string `optional:""`
}

func followed() []string { return []string{rollup.Org, rollup.Village, rollup.Action} }

// Service returns the declaration of the report service. The service follows the journals from opening until it is
// closed.
func Service() service.Service[Peers] {
	return service.Service[Peers]{
		Name: "report", Description: "Statements, rollups of the other services' journals, and bulletins.",
		Migrations: migrations.Set(), Rooms: rooms,
	}
}

func rooms(k *resource.Kit, p Peers) ([]resource.Room, error) {
	sources := source.All()
	rollups := rollup.New(k.DB, k.Clock, sources)
	waiter := rollup.NewWaiter(rollups, p.Journals)
	return []resource.Room{
		{Open: func(ctx context.Context, _ *resource.Kit) error { return rollups.Open(ctx) }},
		statement.Room(rollup.Catalogue{Store: rollups, Waiter: waiter}),
		{Open: func(_ context.Context, k *resource.Kit) error { return openBulletins(k, p, rollups, waiter) }},
		{Open: func(_ context.Context, k *resource.Kit) error { return query.Open(k, rollups, sources) }},
		{Open: func(ctx context.Context, k *resource.Kit) error { return followJournals(ctx, k, p, rollups) }},
	}, nil
}

func openBulletins(k *resource.Kit, p Peers, rollups *rollup.Store, waiter *rollup.Waiter) error {
	hot, err := hotCache(k, p)
	if err != nil {
		return err
	}
	stated, err := statement.In(k)
	if err != nil {
		return err
	}
	return bulletin.Open(k, bulletin.Deps{Rollups: rollups, Waiter: waiter, Overviews: overview.New(rollups, hot), Stated: stated, PublicURL: p.PublicURL, Font: p.Font})
}

func hotCache(k *resource.Kit, p Peers) (*cache.Cache, error) {
	key, err := hkdf.Key(sha256.New, k.PageKey, nil, "wancun report cache", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive cache key: %w", err)
	}
	const name = "report"
	return cache.New(cache.Config{Name: name, Shared: p.Shared, MACKey: key, Clock: k.Clock, Observe: k.Instruments.CacheReads(name)})
}
