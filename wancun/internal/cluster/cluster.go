package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/wancun/internal/authority"
)

// Config configures a cluster. Every field but Postgres, Redis and Restart is required.
type Config struct {
	// Dir is the directory of all keys and data; it is made if it is missing.
	Dir string
	// Wancun is the path of the wancun binary, which runs as each process under that process's name.
	Wancun string
	// Replicas is the number of processes of each service.
	Replicas int
	// Postgres and Redis are the URLs of running servers. Empty: the cluster starts its own.
	Postgres, Redis string
	// Restart makes the cluster restart a process that ends by itself.
	Restart bool
	// Notes receives messages for the user while the cluster starts and runs.
	Notes io.Writer
	// Clock returns the current time, and Random is the source of keys.
	Clock  func() time.Time
	Random io.Reader
}

// Cluster is a running cluster.
type Cluster struct {
	layout
	config  Config
	ports   *ports
	nursery *nursery
	issuer  *issuer.Issuer

	kept    []*kept        // all watched processes
	closing []func() error // in the order of opening; Close runs them in reverse

	mu    sync.Mutex
	state State
}

// Start starts the cluster and returns when every process is ready. If a step fails, it stops what it has started.
func Start(ctx context.Context, c Config) (*Cluster, error) {
	cluster := &Cluster{layout: layout{c.Dir}, config: c, ports: newPorts(), nursery: newNursery()}
	cluster.onClose(func() error { cluster.nursery.close(); return nil })
	if err := cluster.start(ctx); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	return cluster, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if err := errors.Join(c.prepare(), c.linkPrograms()); err != nil {
		return err
	}
	if err := c.startServers(ctx); err != nil {
		return err
	}
	if err := c.startIssuer(ctx); err != nil {
		return err
	}
	if err := errors.Join(c.writeReportToken(), c.writeDatabases(c.state.Postgres)); err != nil {
		return err
	}
	c.note("migrating")
	if err := c.migrate(ctx); err != nil {
		return err
	}
	if err := c.place(ctx); err != nil {
		return err
	}
	c.note("starting %d processes", len(c.state.Processes))
	return c.startReplicas(ctx)
}

// linkPrograms makes a link to the binary for each part, so that each process has the name of its part.
func (c *Cluster) linkPrograms() error {
	binary, err := filepath.Abs(c.config.Wancun)
	if err == nil {
		_, err = os.Stat(binary)
	}
	if err != nil {
		return fmt.Errorf("find the wancun binary: %w", err)
	}
	for _, name := range services.Parts() {
		link := c.program(name)
		err := os.MkdirAll(filepath.Dir(link), 0o700)
		if err == nil {
			err = os.Remove(link)
		}
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = os.Symlink(binary, link)
		}
		if err != nil {
			return fmt.Errorf("link %s: %w", name, err)
		}
	}
	return nil
}

// prepare makes the directory with the secrets and certificates in it.
func (c *Cluster) prepare() error {
	for dir, mode := range map[string]fs.FileMode{c.config.Dir: 0o711, filepath.Join(c.config.Dir, "log"): 0o700} {
		if err := os.MkdirAll(dir, mode); err != nil {
			return fmt.Errorf("make the cluster's directory: %w", err)
		}
	}
	// The servers may run as another user, who must be able to reach the folders below.
	if err := os.Chmod(c.config.Dir, 0o711); err != nil { //nolint:gosec // may be passed, not listed
		return fmt.Errorf("make the cluster's directory: %w", err)
	}
	l := flock.New(filepath.Join(c.config.Dir, "lock"))
	taken, err := l.TryLock()
	if err != nil {
		return fmt.Errorf("lock %s: %w", c.config.Dir, err)
	}
	if !taken {
		return fmt.Errorf("a cluster runs in %s already", c.config.Dir)
	}
	c.onClose(l.Close)
	if err := makeKeys(filepath.Join(c.config.Dir, "keys"), c.config.Random); err != nil {
		return err
	}
	return authority.Authority{Dir: filepath.Join(c.config.Dir, "tls"), Clock: c.config.Clock, Random: c.config.Random}.Issue(services.Parts()...)
}

// startServers starts PostgreSQL and Redis, unless the configuration names running servers.
func (c *Cluster) startServers(ctx context.Context) error {
	c.state.Postgres, c.state.Redis = c.config.Postgres, c.config.Redis
	var err error
	if c.state.Postgres == "" {
		c.note("starting PostgreSQL")
		if c.state.Postgres, err = c.startPostgres(ctx); err != nil {
			return err
		}
	}
	if c.state.Redis == "" {
		c.note("starting Redis")
		c.state.Redis, err = c.startRedis(ctx)
	}
	return err
}

// startReplicas starts all processes at the same time, as a deployment does, so each starts while the others are not
// ready.
func (c *Cluster) startReplicas(ctx context.Context) error {
	var replicas []*kept
	c.onClose(func() error { return c.stopReplicas(replicas) })
	for i := range c.state.Processes {
		r, err := c.startReplica(i)
		if err != nil {
			return err
		}
		replicas = append(replicas, r)
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, r := range replicas {
		group.Go(func() error { return r.child.until(ctx, processStart, c.state.Processes[i].ready) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, p := range c.state.Processes {
		if p.Part == services.Gateway {
			c.state.Gateway = "http://" + p.Address
		}
	}
	return c.state.write(c.layout)
}

// State returns the current state of the cluster.
func (c *Cluster) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Processes = append([]Process(nil), s.Processes...)
	return s
}

// Mint signs a token that the cluster accepts for ttl.
func (c *Cluster) Mint(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error) {
	return c.issuer.Mint(subject, grants, ttl)
}

// Watch reports processes that end by themselves, restarts them if Config.Restart is set, and renews report's token,
// until ctx ends.
func (c *Cluster) Watch(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, k := range c.kept {
		group.Go(func() error { return k.watch(ctx) })
	}
	group.Go(func() error {
		renew := time.NewTicker(tokenRenewal)
		defer renew.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-renew.C:
				if err := c.writeReportToken(); err != nil {
					return err
				}
			}
		}
	})
	return group.Wait()
}

// Close stops every started process, the suite before its servers. Call it after Watch has returned.
func (c *Cluster) Close() error {
	var failed error
	for len(c.closing) > 0 {
		last := c.closing[len(c.closing)-1]
		c.closing = c.closing[:len(c.closing)-1]
		failed = errors.Join(failed, last())
	}
	return failed
}

func (c *Cluster) onClose(f func() error) { c.closing = append(c.closing, f) }

func (c *Cluster) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = fmt.Fprintf(c.config.Notes, format+" …\n", args...) // a failed write does not stop the cluster
}
