package village

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
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/services/village/internal/division"
	"github.com/wancun/wancun/services/village/internal/need"
	"github.com/wancun/wancun/services/village/internal/scope"
	"github.com/wancun/wancun/services/village/internal/succession"
	"github.com/wancun/wancun/services/village/internal/village"
)

// versionTable records which of the service's own migrations ran; the journal keeps its own beside it.
const versionTable = "village_version"

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
	// NewID gives the ids of needs, UUIDs in lower case that sort by time.
	NewID func() string
	// Random gives salts and nonces; crypto/rand.Reader outside tests.
	Random io.Reader
	// Logger takes what goes on behind the calls.
	Logger *slog.Logger
	// Instruments record the journal's numbering; nil disables them.
	Instruments *telemetry.Instruments
}

// Service is the village service, ready to be registered. It is safe for concurrent use.
type Service struct {
	kit       *resource.Kit
	divisions villagev1.DivisionServiceServer
	villages  villagev1.VillageServiceServer
	scopes    villagev1.ScopeServiceServer
	needs     villagev1.NeedServiceServer

	successions *succession.Server
}

// Migrate brings the database to the schema that this build needs. Several replicas may call it at once.
func Migrate(ctx context.Context, db *database.DB) error {
	if err := journal.Migrate(ctx, db); err != nil {
		return err
	}
	return db.Migrate(ctx, migrations, versionTable, resource.Counters(3))
}

// CheckSchema says whether the database has the schema that this build needs, and if not, whether it is too old or too
// new.
func CheckSchema(ctx context.Context, db *database.DB) error {
	if err := journal.CheckSchema(ctx, db); err != nil {
		return err
	}
	return db.CheckSchema(ctx, migrations, versionTable, resource.Counters(3))
}

// Tables are those of the service's journal, for whoever checks one against the other without the service.
func Tables() ([]resource.Table, error) {
	return resource.Tables(division.Table, succession.Table, village.Table, scope.Table, need.Table)
}

// New opens the service on a migrated database.
func New(ctx context.Context, _ Config, d Deps) (*Service, error) {
	kit, err := resource.Open(ctx, resource.Deps{
		Log: "village", DB: d.DB, Signer: d.Signer, PageKey: d.PageKey, RowKey: d.RowKey, Clock: d.Clock, NewID: d.NewID, Random: d.Random, Logger: d.Logger,
		Numbered: d.Instruments.Numbered("village"),
		Staged:   d.Instruments.Staged("village"),
	})
	if err != nil {
		return nil, fmt.Errorf("open village: %w", err)
	}
	s := &Service{kit: kit}
	if err := s.open(ctx, d); err != nil {
		return nil, fmt.Errorf("open village: %w", errors.Join(err, kit.Close()))
	}
	return s, nil
}

// open opens the rooms, each with the stores of those before it that it may ask.
func (s *Service) open(ctx context.Context, d Deps) error {
	var divisions *resource.Store[*villagev1.Division]
	var villages *resource.Store[*villagev1.Village]
	var err error
	if s.divisions, divisions, err = division.New(ctx, s.kit, d.DB); err != nil {
		return err
	}
	if s.successions, err = succession.New(ctx, s.kit, d.DB, divisions, d.Clock); err != nil {
		return err
	}
	if s.villages, villages, err = village.New(ctx, s.kit, divisions); err != nil {
		return err
	}
	if s.scopes, err = scope.New(ctx, s.kit, villages); err != nil {
		return err
	}
	s.needs, err = need.New(ctx, s.kit, villages, d.Clock)
	return err
}

// Register adds the service's own API and its journal to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	villagev1.RegisterDivisionServiceServer(r, s.divisions)
	villagev1.RegisterSuccessionServiceServer(r, s.successions)
	villagev1.RegisterVillageServiceServer(r, s.villages)
	villagev1.RegisterScopeServiceServer(r, s.scopes)
	villagev1.RegisterNeedServiceServer(r, s.needs)
	journalv1.RegisterJournalServiceServer(r, s.kit.Journal().Server())
}

// Successions are those that grants follow, for [access.Territories].
func (s *Service) Successions(ctx context.Context, known int64) ([]place.Move, int64, error) {
	return s.successions.Moves(ctx, known)
}

// Close stops what goes on behind the calls. Stop the server first.
func (s *Service) Close() error { return s.kit.Close() }
