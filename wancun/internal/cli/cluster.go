package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sethvargo/go-retry"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/wancun/internal/cluster"
	"github.com/wancun/wancun/wancun/internal/demo"
)

type clusterCommand struct {
	Up    clusterUpCommand    `cmd:"" default:"withargs" help:"Run the suite as a cluster of processes on this machine (the default)."`
	Token clusterTokenCommand `cmd:"" help:"Mint a token that a running cluster accepts."`
}

type clusterUpCommand struct {
	Data     string `help:"Directory for everything, kept for the next time. Default: a temporary one, removed at the end." type:"path" placeholder:"DIR"`
	Bin      string `help:"Folder of other binaries org, village, action, report and gateway to run. Default: this one, by those names." type:"path" placeholder:"DIR"`
	Replicas int    `help:"Processes of each service." default:"2"`
	Postgres string `help:"URL of a PostgreSQL database to use instead of starting a server." placeholder:"URL"`
	Redis    string `help:"URL of a Redis to use instead of starting one." placeholder:"URL"`
	Demo     bool   `help:"Load the campaign of the 2019 notice first, if it is not there." default:"true" negatable:""`
	Restart  bool   `help:"Start a process that ended by itself again."`
	Once     bool   `help:"Load the campaign, print its bulletin and stop."`

	page
}

// Run runs the cluster until ctx ends.
func (c *clusterUpCommand) Run(ctx context.Context, t *terminal) (err error) {
	began := t.now()
	if c.Replicas < 1 {
		return fmt.Errorf("--replicas: %d processes serve nobody", c.Replicas)
	}
	dir, forget, err := c.directory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	bin, err := c.binaries(dir)
	if err != nil {
		return err
	}
	running, err := cluster.Start(ctx, cluster.Config{
		Dir: dir, Bin: bin, Replicas: c.Replicas, Postgres: c.Postgres, Redis: c.Redis, Restart: c.Restart,
		Notes: t.note, Clock: t.now, Random: rand.Reader,
	})
	if err != nil {
		return unlessStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	return c.use(ctx, t, running, dir, began)
}

// use does with a running cluster what was asked for, while it is watched.
func (c *clusterUpCommand) use(ctx context.Context, t *terminal, running *cluster.Cluster, dir string, began time.Time) error {
	watching, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- running.Watch(watching) }()
	err := c.prepare(ctx, t, running)
	if err == nil && !c.Once && ctx.Err() == nil {
		describeCluster(t, running.State(), dir, t.now().Sub(began))
		err = <-ended
		ended <- nil
	}
	stop()
	return unlessStopped(ctx, errors.Join(err, <-ended))
}

// unlessStopped takes what was cut short by the user's own wish for no failure, however it put that.
func unlessStopped(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// directory makes a temporary directory unless one is named, and says how to be rid of it.
func (c *clusterUpCommand) directory() (string, func() error, error) {
	if c.Data != "" {
		return c.Data, func() error { return nil }, nil
	}
	dir, err := os.MkdirTemp("", "wancun-cluster-")
	if err != nil {
		return "", nil, fmt.Errorf("make temporary directory: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// binaries is the folder of the services' binaries: links in the directory, by which this one runs under their names,
// unless others are named.
func (c *clusterUpCommand) binaries(dir string) (string, error) {
	if c.Bin != "" {
		return c.Bin, nil
	}
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("--bin: find own file: %w", err)
	}
	links := filepath.Join(dir, "programs")
	if err := os.MkdirAll(links, 0o700); err != nil {
		return "", fmt.Errorf("link programs: %w", err)
	}
	for name := range programs() {
		link := filepath.Join(links, name)
		if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("link programs: %w", err)
		}
		if err := os.Symlink(own, link); err != nil {
			return "", fmt.Errorf("link programs: %w", err)
		}
	}
	return links, nil
}

// prepare loads the demonstration, and prints its bulletin if the cluster runs for that alone.
func (c *clusterUpCommand) prepare(ctx context.Context, t *terminal, running *cluster.Cluster) error {
	if !c.Demo && !c.Once {
		return nil
	}
	if err := c.load(ctx, t, running); err != nil || !c.Once {
		return err
	}
	body, err := c.render(ctx, running.Conn(), "campaigns/"+demo.CampaignID)
	if err != nil {
		return err
	}
	t.printf("%s", body)
	return nil
}

// Loading goes on where it stopped when a process was killed under more calls than are sent again at once.
const (
	resumptions  = 20
	beforeResume = 500 * time.Millisecond
)

// load loads the demonstration into the cluster, as the people of the campaign.
func (c *clusterUpCommand) load(ctx context.Context, t *terminal, running *cluster.Cluster) error {
	bar := newProgress(t)
	defer bar.end()
	options := demo.Options{
		As: func(subject string, grants ...*accessv1.Grant) (demo.Person, error) {
			token, err := running.Mint(subject, grants, time.Hour)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context) context.Context { return withToken(ctx, token) }, nil
		},
		Progress: bar.report,
	}
	return retry.Do(ctx, retry.WithMaxRetries(resumptions, retry.NewConstant(beforeResume)), func(ctx context.Context) error {
		err := demo.Load(ctx, demo.NewClients(running.Conn()), options)
		if status.Code(err) == codes.Unavailable {
			t.notef("interrupted (%v), going on …\n", err)
			return retry.RetryableError(err)
		}
		return err
	})
}

// describeCluster tells where everything is.
func describeCluster(t *terminal, s cluster.State, dir string, took time.Duration) {
	t.printf("The cluster serves after %.1f s.\n\n", took.Seconds())
	t.printf("  REST        %s  (read it at /docs)\n", s.Gateway)
	t.printf("  PostgreSQL  %s\n", s.Postgres)
	t.printf("  Redis       %s\n", s.Redis)
	t.printf("  Issuer      %s\n", s.Issuer)
	t.printf("  Directory   %s  (log, keys, tls, cluster.json)\n\n", dir)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  process\tpid\tgRPC or HTTP\tops")
	for _, p := range s.Processes {
		_, _ = fmt.Fprintf(table, "  %s\t%d\t%s\thttp://%s/metrics\n", p.Name, p.PID, p.Address, p.Ops)
	}
	_ = table.Flush() // a closed pipe is the reader's wish
	t.printf("\n  A token:  wancun cluster token --data %s --role province_admin\n\n", dir)
	t.printf("Stop with Ctrl-C.\n")
}

type clusterTokenCommand struct {
	Data         string        `help:"Directory of the running cluster." required:"" type:"path" placeholder:"DIR"`
	Role         string        `help:"Role, for example county_clerk." required:"" placeholder:"ROLE"`
	Area         string        `help:"Division code without trailing zeros, for example 4331; clerks and village teams need one, for others empty means everywhere."`
	Organization string        `help:"USCC of the organization, for an organization_manager."`
	Subject      string        `help:"Who the token is for: an id, never a name." default:"script"`
	TTL          time.Duration `name:"ttl" help:"How long it is good." default:"12h"`
}

// Run prints a token.
func (c *clusterTokenCommand) Run(_ context.Context, t *terminal) error {
	role, ok := accessv1.Grant_Role_value[strings.ToUpper(c.Role)]
	if !ok {
		return fmt.Errorf("--role: there is no role %q", c.Role)
	}
	issuer, err := cluster.OpenIssuer(c.Data, t.now, rand.Reader)
	if err != nil {
		return err
	}
	token, err := issuer.Mint(c.Subject, []*accessv1.Grant{{
		Role: accessv1.Grant_Role(role), Area: c.Area, Organization: c.Organization,
	}}, c.TTL)
	if err != nil {
		return err
	}
	t.printf("%s\n", token)
	return nil
}
