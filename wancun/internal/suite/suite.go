package suite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/service"
)

// Config says where the suite keeps its data. Dir, Clock and Logger are required.
type Config struct {
	// Dir is the data directory; it is made if it is missing.
	Dir string
	// Postgres is the URL of a PostgreSQL database in which each service gets a schema of its own. Empty: SQLite files
	// in Dir. A search_path in it is put before the names of the schemas, so that several suites can share a database.
	Postgres string
	// Secrets says where the private keys are. Empty: in the directory keys in Dir. A directory elsewhere, where a new suite
	// makes them; or, with {name} or {NAME} in it, a source of [config.ReadSecret], from which they are read: a path,
	// env:KEY_{NAME}, exec:COMMAND {name}. The names are those of the services, and page, personal and issuer.
	Secrets string
	// Checkpoints is a directory apart from Dir in which the newest checkpoint of each journal is kept, and compared with
	// the journal at the next start. Empty: one in StateDir.
	Checkpoints string
	// StateDir is where the checkpoints of several data directories may be kept, each in a directory of its own. It is only
	// used if it can be written. Empty, and Checkpoints too: they are kept nowhere.
	StateDir string
	// Reflection lists the services and messages to gRPC clients that ask for them, with or without a token.
	Reflection bool
	// CheckInterval is how often what is stored is compared with the journals while the suite runs. 0: never.
	CheckInterval time.Duration
	// Shared is the cache tier that several processes share; nil: this process caches for itself.
	Shared cache.Shared
	// AllowedHosts are the names by which browsers reach the REST address beside localhost, such as that of a proxy before it.
	AllowedHosts []string
	// RequestMemory is how many MiB the requests in flight may take together; 0: as [limits.DefaultMemory] has it.
	RequestMemory int64
	// Clock tells the time.
	Clock func() time.Time
	// Logger takes what the parts have to say.
	Logger *slog.Logger
}

// Suite is a running suite. Close stops it.
type Suite struct {
	logger    *slog.Logger
	issuer    *issuer.Issuer
	verifier  access.Verifier
	memory    *limits.Memory // of the gateway and the server together
	server    *server.Server
	conn      grpc.ClientConnInterface
	gateway   http.Handler
	databases databases
	kept      KeptCheckpoints
	serving   chan struct{} // closed once calls are answered

	territories access.Territories

	draining context.Context // done once REST streams are to end
	drain    context.CancelFunc

	closing []func() error // in the order of opening
}

// Open opens the suite on a data directory, bringing its databases to the schema of this build. A directory in use is
// an *InUseError.
func Open(ctx context.Context, c Config) (*Suite, error) {
	s := &Suite{logger: c.Logger, serving: make(chan struct{})}
	s.draining, s.drain = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.open(ctx, c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Suite) open(ctx context.Context, c Config) error {
	if err := os.MkdirAll(filepath.Join(c.Dir, "keys"), 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	l, err := lock(c.Dir)
	if err != nil {
		return err
	}
	s.closing = append(s.closing, l.Close)
	secrets, err := loadKeys(ctx, c)
	if err != nil {
		return err
	}
	if err := s.findKept(c); err != nil {
		return err
	}
	if s.issuer, err = OpenIssuer(ctx, c); err != nil {
		return err
	}
	if s.verifier, err = s.issuer.Verifier(); err != nil {
		return err
	}
	s.memory = limits.NewMemory(c.RequestMemory << 20)
	s.server, err = server.New(server.Config{Reflection: c.Reflection}, server.Deps{Verifier: s.territories.Verifier(s.verifier), Logger: c.Logger, Clock: c.Clock, Memory: s.memory, Ready: s.databases.ready})
	if err != nil {
		return err
	}
	s.conn = client.Wrap(s.server.Conn())
	if err := s.openServices(ctx, c, secrets); err != nil {
		return err
	}
	if err := s.server.Start(); err != nil {
		return err
	}
	close(s.serving)
	if s.gateway, err = s.openGateway(ctx, c); err != nil {
		return err
	}
	return s.compare(ctx, c, secrets)
}

// Conn reaches every RPC of the suite, as a client over the network would.
func (s *Suite) Conn() grpc.ClientConnInterface { return s.conn }

// Handler serves the suite's REST gateway.
func (s *Suite) Handler() http.Handler { return s.gateway }

// Mint signs a token that the suite accepts until ttl is over.
func (s *Suite) Mint(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error) {
	return s.issuer.Mint(subject, grants, ttl)
}

// Invite makes the code of a one-time sign-in link.
func (s *Suite) Invite(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error) {
	return s.issuer.Invite(subject, grants, ttl)
}

// Close stops the services, report first because it follows the others, and releases the data directory.
func (s *Suite) Close() error {
	s.drain()
	var failed error
	for len(s.closing) > 0 {
		last := s.closing[len(s.closing)-1]
		s.closing = s.closing[:len(s.closing)-1]
		failed = errors.Join(failed, last())
	}
	return failed
}

// openDatabase opens a service's database and brings it to the schema of this build. It refuses one whose log was cut.
func (s *Suite) openDatabase(ctx context.Context, c Config, k keys, name string, schema service.Schema) (*database.DB, error) {
	where, err := databaseURL(c, name)
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, database.Config{URL: where, Logger: c.Logger})
	if err != nil {
		return nil, fmt.Errorf("open database of %s: %w", name, err)
	}
	s.closing = append(s.closing, db.Close)
	if err := db.QuickCheck(ctx); err != nil {
		return nil, fmt.Errorf("open database of %s: %w", name, err)
	}
	s.databases.add(name, db)
	if err := schema.Migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("migrate database of %s: %w", name, err)
	}
	if err := s.checkLog(ctx, c, name, schema, db, k.journals[name].Row); err != nil {
		return nil, err
	}
	return db, s.checkCursors(ctx, name, db)
}

func databaseURL(c Config, name string) (string, error) {
	if c.Postgres == "" {
		path, err := filepath.Abs(databaseFile(c, name))
		if err != nil {
			return "", fmt.Errorf("find database of %s: %w", name, err)
		}
		return "sqlite://" + path, nil
	}
	u, err := url.Parse(c.Postgres)
	if err != nil {
		return "", fmt.Errorf("read PostgreSQL URL: %w", err)
	}
	q := u.Query()
	q.Set("search_path", q.Get("search_path")+name)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// databaseFile holds a service's data where there is no PostgreSQL.
func databaseFile(c Config, name string) string { return filepath.Join(c.Dir, name+".db") }

// newID gives ids that sort by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

var random = rand.Reader
