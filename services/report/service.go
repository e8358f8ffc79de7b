package report

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
	"github.com/wancun/wancun/services/report/internal/bulletin"
	"github.com/wancun/wancun/services/report/internal/follow"
	"github.com/wancun/wancun/services/report/internal/overview"
	"github.com/wancun/wancun/services/report/internal/rollup"
	"github.com/wancun/wancun/services/report/internal/statement"
	"github.com/wancun/wancun/services/report/migrations"
)

// Config is what an operator may set. There is nothing yet.
type Config struct{}

// Deps are what the service needs; all are required except Shared and Instruments. New names the one that is missing.
type Deps struct {
	// DB holds the service's tables and nothing else; the caller closes it after the service.
	DB *database.DB
	// Signer signs the checkpoints of the journal of statements.
	Signer note.Signer
	// PageKey (32 bytes) seals page tokens and what is put into Shared; the same in every replica.
	PageKey []byte
	// RowKey (32 bytes) authenticates the rows of the tables; see [journal.Keys].
	RowKey []byte
	// Clock tells the time of writes, the day that an open campaign's scope is counted on, and the age of hot answers.
	Clock func() time.Time
	// Random gives salts and nonces; crypto/rand.Reader outside tests.
	Random io.Reader
	// Logger takes what goes on behind the calls.
	Logger *slog.Logger
	// Journals are those of org, village and action, by these names. The clients bring an identity that may read them.
	Journals map[string]journalv1.JournalServiceClient
	// Shared is the cache tier that all replicas share; nil in one process.
	Shared cache.Shared
	// Instruments record cached answers and how far the rollups have come; nil disables them.
	Instruments *telemetry.Instruments
}

// Service is the report service, ready to be registered. It is safe for concurrent use.
type Service struct {
	kit        *resource.Kit
	statements reportv1.StatementServiceServer
	bulletins  reportv1.BulletinServiceServer
	db         *database.DB
	journals   map[string]journalv1.JournalServiceClient

	cut       cutLogs
	stop      context.CancelFunc
	followers sync.WaitGroup
}

func followed() []string { return []string{rollup.Org, rollup.Village, rollup.Action} }

// Migrate brings the database to the schema that this build needs. Several replicas may call it at once.
func Migrate(ctx context.Context, db *database.DB) error {
	if err := journal.Migrate(ctx, db); err != nil {
		return err
	}
	return db.Migrate(ctx, migrations.Set(), migrations.VersionTable)
}

// CheckSchema says whether the database has the schema that this build needs, and if not, whether it is too old or too
// new.
func CheckSchema(ctx context.Context, db *database.DB) error {
	if err := journal.CheckSchema(ctx, db); err != nil {
		return err
	}
	return db.CheckSchema(ctx, migrations.Set(), migrations.VersionTable)
}

// Tables are those of the service's journal, for whoever checks one against the other without the service.
func Tables() ([]resource.Table, error) { return resource.Tables(statement.Table) }

// New opens the service on a migrated database and begins to follow the journals. Journals that do not answer yet are
// waited for behind the calls.
func New(ctx context.Context, _ Config, d Deps) (*Service, error) {
	for _, log := range followed() {
		if d.Journals[log] == nil {
			return nil, fmt.Errorf("open report: Deps.Journals[%q] is missing", log)
		}
	}
	kit, err := resource.Open(ctx, resource.Deps{
		Log: "report", DB: d.DB, Signer: d.Signer, PageKey: d.PageKey, RowKey: d.RowKey, Clock: d.Clock, Random: d.Random, Logger: d.Logger,
		Numbered: d.Instruments.Numbered("report"),
		Staged:   d.Instruments.Staged("report"),
	})
	if err != nil {
		return nil, fmt.Errorf("open report: %w", err)
	}
	s := &Service{kit: kit, db: d.DB, journals: d.Journals}
	rollups, err := s.open(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("open report: %w", errors.Join(err, kit.Close()))
	}
	s.follow(ctx, d, rollups)
	return s, nil
}

// open makes the rooms.
func (s *Service) open(ctx context.Context, d Deps) (*rollup.Store, error) {
	rollups, err := rollup.Open(ctx, d.DB, d.Clock)
	if err != nil {
		return nil, err
	}
	waiter := rollup.NewWaiter(rollups, d.Journals)
	var stated statement.Stated
	s.statements, stated, err = statement.New(ctx, s.kit, rollup.Catalogue{Store: rollups, Waiter: waiter})
	if err != nil {
		return nil, err
	}
	hot, err := hotCache(d)
	if err != nil {
		return nil, err
	}
	s.bulletins, err = bulletin.New(bulletin.Deps{
		DB: d.DB, Waiter: waiter, PageKey: d.PageKey, Clock: d.Clock, Overviews: overview.New(d.DB, rollups, hot),
		Journal: s.kit.Journal(), Stated: stated,
	})
	return rollups, err
}

func hotCache(d Deps) (*cache.Cache, error) {
	key, err := hkdf.Key(sha256.New, d.PageKey, nil, "wancun report cache", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive cache key: %w", err)
	}
	const name = "report"
	return cache.New(cache.Config{Name: name, Shared: d.Shared, MACKey: key, Clock: d.Clock, Observe: d.Instruments.CacheReads(name)})
}

// follow starts one follower for each journal. They outlive the call that opened the service, and end with Close.
func (s *Service) follow(ctx context.Context, d Deps, to *rollup.Store) {
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	logger := loglimit.New(d.Logger, loglimit.Config{Keys: []string{"log", "code"}})
	for _, log := range followed() {
		f := follow.Follower{
			Log: log, Journal: d.Journals[log], Sink: to, Logger: logger,
			Cut: func(err error) { s.cut.note(d.Logger, log, err) },
		}
		if d.Instruments != nil {
			f.Sink = observed{Sink: to, clock: d.Clock, applied: d.Instruments.Applied(log)}
		}
		s.followers.Go(func() { f.Run(ctx) })
	}
}

// Ready says why the figures cannot be what the journals say, for an operator to look: a journal was cut behind what they
// contain of it.
func (s *Service) Ready(context.Context) error { return s.cut.first() }

// Register adds the service's own API and its journal to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	reportv1.RegisterStatementServiceServer(r, s.statements)
	reportv1.RegisterBulletinServiceServer(r, s.bulletins)
	journalv1.RegisterJournalServiceServer(r, s.kit.Journal().Server())
}

// Close stops following and what else goes on behind the calls, and waits until it has ended. Stop the server first.
func (s *Service) Close() error {
	s.stop()
	s.followers.Wait()
	return s.kit.Close()
}
