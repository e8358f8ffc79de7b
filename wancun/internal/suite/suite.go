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

// Config configures a suite. Dir, Clock and Logger are required.
type Config struct {
	// Dir is the data directory; it is made if it is missing.
	Dir string
	// Postgres is the URL of a PostgreSQL database in which each service has its own schema. Empty: SQLite files in
	// Dir. A search_path in the URL is a prefix of the schemas' names, so that several suites can share a database.
	Postgres string
	// Secrets is the place of the private keys. Empty: the directory keys in Dir. Otherwise it is another directory, in
	// which a new suite makes its keys, or a source of [config.ReadSecret] with {name} or {NAME} in it, from which they
	// are only read: a path, env:KEY_{NAME}, exec:COMMAND {name}. The names are those of the services, and page,
	// personal and issuer.
	Secrets string
	// Checkpoints is a directory outside Dir for the newest checkpoint of each journal. The next start compares the
	// journals with it. Empty: a directory in StateDir.
	Checkpoints string
	// StateDir is a directory for the checkpoints of several data directories, each in a directory of its own. It is
	// only used if it is writable. If Checkpoints and StateDir are empty, no checkpoints are kept.
	StateDir string
	// Reflection lets gRPC clients list the services and messages, with or without a token.
	Reflection bool
	// CheckInterval is the interval at which the running suite compares its tables with the journals. 0 disables the
	// comparison.
	CheckInterval time.Duration
	// Shared is a cache that several processes share. Nil: the process uses only its own cache.
	Shared cache.Shared
	// AllowedHosts are names of the REST address in addition to localhost, such as that of a proxy in front of it.
	AllowedHosts []string
	// PublicURL is the address at which people reach the suite in a browser; bulletins show their own address under it.
	// PDFFont is the path of a TrueType font for bulletins in PDF. Both may be empty.
	PublicURL, PDFFont string
	// RequestMemory is the memory limit of all requests in flight, in MiB. 0: the default of [limits.DefaultMemory].
	RequestMemory int64
	// Clock returns the current time.
	Clock func() time.Time
	// Logger is the logger of all parts.
	Logger *slog.Logger
}

// Suite is a running suite. Close stops it.
type Suite struct {
	logger    *slog.Logger
	issuer    *issuer.Issuer
	verifier  access.Verifier
	memory    *limits.Memory // shared by the gateway and the server
	server    *server.Server
	conn      grpc.ClientConnInterface
	gateway   http.Handler
	databases databases
	kept      KeptCheckpoints
	serving   chan struct{} // closed when calls are served

	territories    access.Territories
	revocations    *access.Revocations
	administrators administrators

	draining context.Context // ends when REST streams must end
	drain    context.CancelFunc

	closing []func() error // in the order of opening; Close runs them in reverse
}

// Open opens the suite on a data directory and migrates its databases to the schema of this build. The error for a
// directory in use is an *InUseError.
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
	s.revocations = access.NewRevocations(c.Clock)
	s.memory = limits.NewMemory(c.RequestMemory << 20)
	s.server, err = server.New(server.Config{Reflection: c.Reflection}, server.Deps{Verifier: s.revocations.Verifier(s.territories.Verifier(s.verifier)), Logger: c.Logger, Clock: c.Clock, Memory: s.memory, Ready: s.databases.ready})
	if err != nil {
		return err
	}
	s.conn = client.Wrap(s.server.Conn())
	s.administrators = administrators{conn: s.conn, issuer: s.issuer, now: c.Clock}
	if err := s.openServices(ctx, c, secrets); err != nil {
		return err
	}
	if err := s.server.Start(); err != nil {
		return err
	}
	close(s.serving)
	if err := s.followRevocations(ctx, c); err != nil {
		return err
	}
	if s.gateway, err = s.openGateway(ctx, c, secrets); err != nil {
		return err
	}
	return s.compare(ctx, c, secrets)
}

// Conn returns a connection to every RPC of the suite. Its calls behave like those of a client on the network.
func (s *Suite) Conn() grpc.ClientConnInterface { return s.conn }

// Handler returns the suite's REST gateway.
func (s *Suite) Handler() http.Handler { return s.gateway }

// Mint signs a token that the suite accepts for ttl.
func (s *Suite) Mint(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error) {
	return s.issuer.Mint(subject, grants, ttl)
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

// openDatabase opens a service's database and migrates it to the schema of this build. It returns an error if the log
// was truncated.
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

// databaseFile returns the path of a service's SQLite database.
func databaseFile(c Config, name string) string { return filepath.Join(c.Dir, name+".db") }

// newID returns an id that sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

var random = rand.Reader
