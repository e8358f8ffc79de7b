package org

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

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/services/org/internal/organization"
	"github.com/wancun/wancun/services/org/internal/peers"
)

// versionTable records which of the service's own migrations ran; the journal keeps its own beside it.
const versionTable = "org_version"

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
	// PersonalKey (32 bytes) encrypts contact persons; the same in every replica and never in the database.
	PersonalKey []byte
	// Clock tells the time of writes.
	Clock func() time.Time
	// Random gives salts and nonces; crypto/rand.Reader outside tests.
	Random io.Reader
	// Logger takes what goes on behind the calls.
	Logger *slog.Logger
	// Instruments record the journal's numbering; nil disables them.
	Instruments *telemetry.Instruments
	// Divisions asks the village service which divisions there are. The client must send the originating caller's token
	// along, as client.Wrap does. New does not call it, so that org starts while village is away.
	Divisions villagev1.DivisionServiceClient
}

// Service is the org service, ready to be registered. It is safe for concurrent use.
type Service struct {
	kit           *resource.Kit
	organizations orgv1.OrganizationServiceServer
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
func Tables() ([]resource.Table, error) { return resource.Tables(organization.Table) }

// New opens the service on a migrated database.
func New(ctx context.Context, _ Config, d Deps) (*Service, error) {
	switch {
	case d.Divisions == nil:
		return nil, errors.New("open org: Deps.Divisions is missing")
	case d.Clock == nil:
		return nil, errors.New("open org: Deps.Clock is missing")
	}
	p, err := peers.New(d.Divisions, d.Clock)
	if err != nil {
		return nil, fmt.Errorf("open org: %w", err)
	}
	kit, err := resource.Open(ctx, resource.Deps{
		Log: "org", DB: d.DB, Signer: d.Signer, PageKey: d.PageKey, RowKey: d.RowKey, PersonalKey: d.PersonalKey,
		Clock: d.Clock, Random: d.Random, Logger: d.Logger, Numbered: d.Instruments.Numbered("org"),
		Staged: d.Instruments.Staged("org"),
	})
	if err != nil {
		return nil, fmt.Errorf("open org: %w", err)
	}
	organizations, err := organization.New(ctx, kit, p)
	if err != nil {
		return nil, fmt.Errorf("open org: %w", errors.Join(err, kit.Close()))
	}
	return &Service{kit: kit, organizations: organizations}, nil
}

// Register adds the service's own API and its journal to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	orgv1.RegisterOrganizationServiceServer(r, s.organizations)
	journalv1.RegisterJournalServiceServer(r, s.kit.Journal().Server())
}

// Close stops what goes on behind the calls. Stop the server first.
func (s *Service) Close() error { return s.kit.Close() }
