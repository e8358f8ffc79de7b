package action

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/services/action/internal/campaign"
	"github.com/wancun/wancun/services/action/internal/delivery"
	"github.com/wancun/wancun/services/action/internal/peers"
)

// versionTable records which of the service's own migrations ran; the journal keeps its own beside it.
const versionTable = "action_version"

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what an operator may set. There is nothing yet.
type Config struct{}

// Deps are what the service needs; all are required except Instruments. New names the one that is missing.
type Deps struct {
	// DB holds the service's tables and nothing else; the caller closes it after the service.
	DB *database.DB
	// Signer signs the journal's checkpoints.
	Signer note.Signer
	// PageKey (32 bytes) seals page tokens; the same in every replica.
	PageKey []byte
	// RowKey (32 bytes) authenticates the rows of the tables; see [journal.Keys].
	RowKey []byte
	// Clock tells the time of writes.
	Clock func() time.Time
	// NewID gives the ids of deliveries, UUIDs in lower case that sort by time.
	NewID func() string
	// Random gives salts and nonces; crypto/rand.Reader outside tests.
	Random io.Reader
	// Logger takes what goes on behind the calls.
	Logger *slog.Logger
	// Instruments record the journal's numbering; nil disables them.
	Instruments *telemetry.Instruments
	// Organizations asks the org service. The client must send the originating caller's token along, as client.Wrap does.
	Organizations orgv1.OrganizationServiceClient
	// Scopes asks the village service, as Organizations does org.
	Scopes villagev1.ScopeServiceClient
}

// Service is the action service, ready to be registered. It is safe for concurrent use.
type Service struct {
	kit        *resource.Kit
	campaigns  actionv1.CampaignServiceServer
	deliveries actionv1.DeliveryServiceServer
}

// Migrate brings the database to the schema that this build needs. Several replicas may call it at once.
func Migrate(ctx context.Context, db *database.DB) error {
	if err := journal.Migrate(ctx, db); err != nil {
		return err
	}
	return db.Migrate(ctx, migrations, versionTable)
}

// CheckSchema says whether the database has the schema that this build needs, and if not, whether it is too old or too
// new.
func CheckSchema(ctx context.Context, db *database.DB) error {
	if err := journal.CheckSchema(ctx, db); err != nil {
		return err
	}
	return db.CheckSchema(ctx, migrations, versionTable)
}

// Tables are those of the service's journal, for whoever checks one against the other without the service.
func Tables() ([]resource.Table, error) { return resource.Tables(campaign.Table, delivery.Table) }

// New opens the service on a migrated database.
func New(ctx context.Context, _ Config, d Deps) (*Service, error) {
	if err := d.complete(); err != nil {
		return nil, fmt.Errorf("open action: %w", err)
	}
	kit, err := resource.Open(ctx, resource.Deps{
		Log: "action", DB: d.DB, Signer: d.Signer, PageKey: d.PageKey, RowKey: d.RowKey, Clock: d.Clock, NewID: d.NewID, Random: d.Random, Logger: d.Logger,
		Numbered: d.Instruments.Numbered("action"),
		Staged:   d.Instruments.Staged("action"),
	})
	if err != nil {
		return nil, fmt.Errorf("open action: %w", err)
	}
	s := &Service{kit: kit}
	if err := s.open(ctx, d); err != nil {
		return nil, fmt.Errorf("open action: %w", errors.Join(err, kit.Close()))
	}
	return s, nil
}

// complete names what is missing beyond what the kit looks for itself.
func (d Deps) complete() error {
	switch {
	case d.Organizations == nil:
		return errors.New("Deps.Organizations is missing")
	case d.Scopes == nil:
		return errors.New("Deps.Scopes is missing")
	case d.Clock == nil:
		return errors.New("Deps.Clock is missing")
	}
	return nil
}

// open opens the rooms, campaigns first, because deliveries rest on them.
func (s *Service) open(ctx context.Context, d Deps) error {
	p, err := peers.New(d.Organizations, d.Scopes, d.Clock)
	if err != nil {
		return err
	}
	var catalogues *campaign.Catalogues
	if s.campaigns, catalogues, err = campaign.New(ctx, s.kit, p, d.DB, d.Clock); err != nil {
		return err
	}
	s.deliveries, err = delivery.New(ctx, s.kit, catalogues, p, d.Clock)
	return err
}

// Register adds the service's own API and its journal to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	actionv1.RegisterCampaignServiceServer(r, s.campaigns)
	actionv1.RegisterDeliveryServiceServer(r, s.deliveries)
	journalv1.RegisterJournalServiceServer(r, s.kit.Journal().Server())
}

// Close stops what goes on behind the calls. Stop the server first.
func (s *Service) Close() error { return s.kit.Close() }
