package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/integrity"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/kept"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/service"
)

// Service is the program of a service of the suite. S is its settings, a struct that embeds [Settings].
type Service[S any] struct {
	// Name is the name of the program and of the service's journal.
	Name string
	// Description is the text that --help prints.
	Description string
	// Migrate and CheckSchema are the functions of the service's package.
	Migrate, CheckSchema func(context.Context, *database.DB) error
	// Tables is the function of the service's package. It is nil for a service that stores no resources.
	Tables func() ([]resource.Table, error)
	// Open opens the service. It is closed when the process has drained.
	Open func(context.Context, *S, *Process, Storage) (Opened, error)
}

// Of returns the program of a declared service. peers creates the dependencies that only this service has, and may set
// optional fields of the Deps.
func Of[S, P any](s service.Service[P], peers func(context.Context, *S, *Process, *resource.Deps) (P, error)) Service[S] {
	return Service[S]{
		Name: s.Name, Description: s.Description, Migrate: s.Migrate, CheckSchema: s.CheckSchema, Tables: s.Tables,
		Open: func(ctx context.Context, c *S, p *Process, from Storage) (Opened, error) {
			d := resource.Deps{
				DB: from.DB, Signer: from.Signer, PageKey: from.PageKey, RowKey: from.RowKey,
				Clock: p.Clock, NewID: p.NewID, Random: p.Random, Logger: p.Logger, Instruments: p.Instruments,
			}
			given, err := peers(ctx, c, p, &d)
			if err != nil {
				return nil, err
			}
			return s.Open(ctx, d, given)
		},
	}
}

// Storage is the database of a service and its keys.
type Storage struct {
	// DB has the schema of this build.
	DB *database.DB
	// Signer signs the journal's checkpoints.
	Signer note.Signer
	// PageKey seals page tokens.
	PageKey []byte
	// RowKey authenticates the rows of the tables.
	RowKey []byte

	verifier note.Verifier // verifies what Signer signs
}

// Opened is a service that is ready to serve. It may have a method Ready(context.Context) error, which returns why its
// calls cannot be answered normally, apart from its database.
type Opened interface {
	Register(grpc.ServiceRegistrar)
	Close() error
}

type readier interface {
	Ready(ctx context.Context) error
}

// settingsOf is the constraint of a pointer to settings that embed [Settings].
type settingsOf[S any] interface {
	*S
	service() *Settings
}

func (s *Settings) service() *Settings { return s }

// commands is the command line of a service.
type commands[S any] struct {
	Serve   S              `cmd:"" default:"withargs" help:"Serve until SIGTERM or SIGINT, then drain (the default)."`
	Migrate migration      `cmd:"" help:"Bring the database to the schema of this build, and exit."`
	Version versionCommand `cmd:"" help:"Print the version (also: --version)."`
}

type migration struct {
	Database Database `embed:""`
}

// Main runs the service as this process and returns its exit code.
func Main[S any, P settingsOf[S]](s Service[S]) int {
	return fromSystem(func(ctx context.Context, call Call) int { return Run[S, P](ctx, s, call) })
}

// Run runs the service until ctx ends, drains it, and returns the exit code.
func Run[S any, P settingsOf[S]](ctx context.Context, s Service[S], call Call) int {
	var c commands[S]
	command, code, proceed := parse(s.Name, s.Description, &c, call)
	if !proceed {
		return code
	}
	if command == "migrate" {
		return s.migrate(ctx, &c.Migrate, call)
	}
	settings := P(&c.Serve).service()
	return within(ctx, s.Name, &settings.Common, call, func(ctx context.Context, p *Process) error {
		return s.serve(ctx, settings, &c.Serve, p)
	})
}

func (s Service[S]) migrate(ctx context.Context, m *migration, call Call) int {
	err := func() (err error) {
		db, err := m.Database.open(ctx, nil, nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		return s.Migrate(ctx, db)
	}()
	if err != nil {
		_, _ = fmt.Fprintf(call.Stderr, "%s: %v\n", s.Name, err) // there is no other place to report it
		return exitFailed
	}
	_, _ = fmt.Fprintf(call.Stdout, "The database of %s has the schema of this build.\n", s.Name) // the reader may close the pipe
	return exitOK
}

// open opens the database; tracer and logger may be nil.
func (d *Database) open(ctx context.Context, tracer trace.TracerProvider, logger *slog.Logger) (*database.DB, error) {
	c, err := d.config()
	if err != nil {
		return nil, err
	}
	c.Tracer, c.Logger = tracer, logger
	return database.Open(ctx, c)
}

// serve opens the dependencies of the service and the service, and serves it until ctx ends.
func (s Service[S]) serve(ctx context.Context, c *Settings, own *S, p *Process) error {
	// What is opened outlives ctx, because draining needs it.
	lasting := context.WithoutCancel(ctx)
	storage, err := s.openStorage(ctx, c, p)
	if err != nil {
		return err
	}
	network, err := newServer(c, p)
	if err != nil {
		return err
	}
	opened, err := s.Open(lasting, own, p, storage)
	if err != nil {
		return err
	}
	p.onClose(opened.Close)
	if r, ok := opened.(readier); ok {
		p.life.opened.Store(&r)
	}
	opened.Register(network)
	if err := network.Start(); err != nil { //nolint:contextcheck // calls bring their own
		return err
	}
	if err := s.compare(ctx, c, p, storage, opened); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	p.announce("grpc", l.Addr())
	defer context.AfterFunc(ctx, p.drain)()
	return network.Serve(ctx, l)
}

func (s Service[S]) openStorage(ctx context.Context, c *Settings, p *Process) (Storage, error) {
	var storage Storage
	keys, err := journal.ReadKeys(string(c.JournalKeyFile.Bytes()))
	if err != nil {
		return Storage{}, fmt.Errorf("--journal-key-file: %w", err)
	}
	storage.Signer, storage.RowKey, storage.verifier = keys.Signer, keys.Row, keys.Verifier
	if storage.PageKey, err = Key(c.PageKeyFile); err != nil {
		return Storage{}, fmt.Errorf("--page-key-file: %w", err)
	}
	if storage.DB, err = c.Database.open(ctx, p.telemetry.Tracer(), p.Logger); err != nil {
		return Storage{}, err
	}
	p.onClose(storage.DB.Close)
	if err := storage.DB.QuickCheck(ctx); err != nil {
		return Storage{}, err
	}
	p.life.storage.Store(storage.DB)
	if err := s.CheckSchema(ctx, storage.DB); err != nil {
		return Storage{}, err
	}
	return storage, s.checkLog(ctx, c, p, storage)
}

// checkLog returns an error if entries were removed from the log, as far as the tables and the stored checkpoint show
// it. From then on it stores the newest checkpoint.
func (s Service[S]) checkLog(ctx context.Context, c *Settings, p *Process, storage Storage) error {
	if s.Tables == nil {
		return nil
	}
	tables, err := s.Tables()
	if err != nil {
		return err
	}
	if err := resource.CheckLog(ctx, resource.CheckConfig{DB: storage.DB, Tables: tables, RowKey: storage.RowKey}); err != nil {
		return fmt.Errorf("logs/%s: %w", s.Name, err)
	}
	if c.CheckpointDir == "" {
		return nil
	}
	k := kept.In(c.CheckpointDir, s.Name)
	found, err := k.Check(ctx, storage.DB)
	if err != nil {
		return fmt.Errorf("--checkpoint-dir: %w", err)
	}
	if !found {
		p.Logger.Warn("no checkpoint was kept yet, so that entries removed from the end of the journal would not have been noticed", "log", s.Name, "file", k.Path())
	}
	p.inBackground(ctx, func(ctx context.Context) { k.Follow(ctx, storage.DB, p.Logger) })
	return nil
}

// compare compares what is stored with the journal at intervals, until the process has drained.
func (s Service[S]) compare(ctx context.Context, c *Settings, p *Process, storage Storage, opened Opened) error {
	if c.CheckInterval == 0 || s.Tables == nil {
		return nil
	}
	tables, err := s.Tables()
	if err != nil {
		return err
	}
	job := integrity.Job{
		Log: s.Name, Verifier: storage.verifier, Interval: c.CheckInterval, Clock: p.Clock, Logger: p.Logger,
		Tables: resource.CheckConfig{DB: storage.DB, Tables: tables, RowKey: storage.RowKey}, Observe: p.Instruments.Compared(s.Name),
	}
	if more, ok := opened.(integrity.Comparer); ok {
		job.More = more
	}
	p.inBackground(ctx, job.Run)
	return nil
}

func newServer(c *Settings, p *Process) (*server.Server, error) {
	verifier, err := c.Verifier(p.Clock)
	if err != nil {
		return nil, err
	}
	deps := server.Deps{
		Verifier: p.territories.Verifier(verifier), Logger: p.Logger, Clock: p.Clock, Tracer: p.telemetry.Tracer(), Meter: p.telemetry.Meter(),
		Watched: p.Instruments.Watched(), Ready: p.stored, Memory: p.Memory,
	}
	if p.identity != nil {
		deps.TLS = p.identity.Server(c.AcceptPeers...)
	}
	return server.New(server.Config{DrainWait: c.DrainWait, DrainLimit: c.DrainLimit, Reflection: c.Reflection}, deps)
}

// stored returns an error if calls cannot be answered from the database of the process.
func (p *Process) stored(ctx context.Context) error {
	_, err := p.life.stored(ctx)
	return err
}

// announce enters the phase in which calls are answered, and logs the addresses.
func (p *Process) announce(protocol string, at net.Addr) {
	attributes := []any{protocol, at.String(), "mtls", p.identity != nil}
	if p.ops != nil {
		attributes = append(attributes, "ops", p.ops.String())
	}
	p.life.enter(serving)
	p.Logger.Info("serving", attributes...)
}

// drain enters the phase in which no more calls should arrive.
func (p *Process) drain() {
	p.life.enter(draining)
	p.Logger.Info("draining")
}
