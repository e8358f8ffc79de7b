package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/sethvargo/go-retry"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/client/rest"
	"github.com/wancun/wancun/wancun/internal/cluster"
	"github.com/wancun/wancun/wancun/internal/demo"
	"github.com/wancun/wancun/wancun/internal/scenario"
)

type upCommand struct {
	Data     string `help:"Directory for everything, kept for the next time. Default: a temporary one, removed at the end." type:"path" placeholder:"DIR"`
	Wancun   string `help:"The wancun binary, which runs as each process. Default: the one beside this program." type:"path" placeholder:"FILE"`
	Replicas int    `help:"Processes of each service." default:"2"`
	Postgres string `help:"URL of a PostgreSQL database to use instead of starting a server." placeholder:"URL"`
	Redis    string `help:"URL of a Redis to use instead of starting one." placeholder:"URL"`
	Demo     bool   `help:"Load the campaign of the 2019 notice first, if it is not there." default:"true" negatable:""`
	Restart  bool   `help:"Start a process that ended by itself again."`
	Once     bool   `help:"Load the campaign, print its bulletin and stop."`

	Lang   string `help:"Language of the bulletin: zh or en." enum:"zh,en" default:"zh"`
	Format string `help:"Form of the bulletin: text, html or json." enum:"text,html,json" default:"text"`
}

// Run runs the cluster until ctx ends.
func (c *upCommand) Run(ctx context.Context) (err error) {
	began := time.Now()
	if c.Replicas < 1 {
		return fmt.Errorf("--replicas: %d processes cannot serve", c.Replicas)
	}
	dir, forget, err := c.directory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	wancun, err := c.binary()
	if err != nil {
		return err
	}
	running, err := cluster.Start(ctx, cluster.Config{
		Dir: dir, Wancun: wancun, Replicas: c.Replicas, Postgres: c.Postgres, Redis: c.Redis, Restart: c.Restart,
		Notes: os.Stderr, Clock: time.Now, Random: rand.Reader,
	})
	if err != nil {
		return unlessStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	return c.use(ctx, running, wancun, dir, began)
}

// use runs the requested work on a running cluster and watches its processes meanwhile.
func (c *upCommand) use(ctx context.Context, running *cluster.Cluster, wancun, dir string, began time.Time) error {
	watching, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- running.Watch(watching) }()
	err := c.prepare(ctx, running, wancun)
	if err == nil && !c.Once && ctx.Err() == nil {
		describe(running.State(), dir, time.Since(began))
		err = <-ended
		ended <- nil
	}
	stop()
	return unlessStopped(ctx, errors.Join(err, <-ended))
}

// unlessStopped returns nil once ctx has ended: an error after the user stopped the command is not a failure.
func unlessStopped(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// directory returns the data directory and a function that removes it. Without --data it makes a temporary directory.
func (c *upCommand) directory() (string, func() error, error) {
	if c.Data != "" {
		return c.Data, func() error { return nil }, nil
	}
	dir, err := os.MkdirTemp("", "wancun-cluster-")
	if err != nil {
		return "", nil, fmt.Errorf("make temporary directory: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// binary returns the path of wancun: --wancun, or else the file beside this program.
func (c *upCommand) binary() (string, error) {
	if c.Wancun != "" {
		return c.Wancun, nil
	}
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("--wancun: find own file: %w", err)
	}
	return filepath.Join(filepath.Dir(own), "wancun"), nil
}

// prepare loads the demonstration if requested. With --once it also prints the bulletin.
func (c *upCommand) prepare(ctx context.Context, running *cluster.Cluster, wancun string) error {
	if !c.Demo && !c.Once {
		return nil
	}
	if err := load(ctx, running); err != nil || !c.Once {
		return err
	}
	bulletin := exec.CommandContext(ctx, wancun, "bulletin", "--server", running.State().Gateway, "--lang", c.Lang, "--format", c.Format)
	bulletin.Stdout, bulletin.Stderr = os.Stdout, os.Stderr
	if err := bulletin.Run(); err != nil {
		return fmt.Errorf("print the bulletin: %w", err)
	}
	return nil
}

// The load is resumed where it stopped when a killed process failed more calls than the client retries at once.
const (
	resumptions  = 20
	beforeResume = 500 * time.Millisecond
)

// atOnce is how many idle connections to the gateway the load keeps open.
const atOnce = 64

// load loads the demonstration through the gateway, under the identities of the people of the campaign.
func load(ctx context.Context, running *cluster.Cluster) error {
	gateway := rest.New(running.State().Gateway, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}})
	defer gateway.Close() //nolint:errcheck // idle connections are all that is left
	stage := ""
	player := scenario.Player{Conn: client.Wrap(gateway), Mint: running.Mint, Progress: func(_, _ int, now string) {
		if now != stage {
			fmt.Fprintf(os.Stderr, "%s …\n", now)
		}
		stage = now
	}}
	return retry.Do(ctx, retry.WithMaxRetries(resumptions, retry.NewConstant(beforeResume)), func(ctx context.Context) error {
		err := demo.Load(ctx, player)
		if status.Code(err) == codes.Unavailable {
			fmt.Fprintf(os.Stderr, "interrupted (%v), going on …\n", err)
			return retry.RetryableError(err)
		}
		return err
	})
}

// describe prints the addresses and files of the cluster.
func describe(s cluster.State, dir string, took time.Duration) {
	fmt.Printf("The cluster serves after %.1f s.\n\n", took.Seconds())
	fmt.Printf("  REST        %s  (read it at /docs)\n", s.Gateway)
	fmt.Printf("  PostgreSQL  %s\n", s.Postgres)
	fmt.Printf("  Redis       %s\n", s.Redis)
	fmt.Printf("  Issuer      %s\n", s.Issuer)
	fmt.Printf("  Directory   %s  (log, keys, tls, cluster.json)\n\n", dir)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  process\tpid\tgRPC or HTTP\tops")
	for _, p := range s.Processes {
		_, _ = fmt.Fprintf(table, "  %s\t%d\t%s\thttp://%s/metrics\n", p.Name, p.PID, p.Address, p.Ops)
	}
	_ = table.Flush() // a closed pipe is the reader's wish
	fmt.Printf("\n  A token:  wancun-cluster token --data %s --role province_admin\n\n", dir)
	fmt.Printf("Stop with Ctrl-C.\n")
}
