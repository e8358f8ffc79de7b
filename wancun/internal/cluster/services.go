package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// part is a service of the suite, or the gateway: whom it calls, and who may call it.
type part struct {
	name    string
	peers   []string
	callers []string
}

// services in the direction in which data flows. The callers are those of the NetworkPolicies in k8s/.
var services = []part{
	{name: "org", callers: []string{"gateway", "action", "report"}},
	{name: "village", callers: []string{"gateway", "action", "report"}},
	{name: "action", peers: []string{"org", "village"}, callers: []string{"gateway", "report"}},
	{name: "report", peers: []string{"org", "village", "action"}, callers: []string{"gateway"}},
}

var gateway = part{name: "gateway", peers: []string{"org", "village", "action", "report"}}

const (
	drainWait    = time.Second
	drainLimit   = 10 * time.Second
	processStart = time.Minute
	processStop  = drainWait + drainLimit + 5*time.Second
)

// place gives every replica its addresses, so that each can be told of the others before it runs.
func (c *Cluster) place(ctx context.Context) error {
	for _, p := range append(slices.Clone(services), gateway) {
		replicas := c.config.Replicas
		if p.name == gateway.name {
			replicas = 1
		}
		for i := range replicas {
			address, err := c.ports.next(ctx)
			if err != nil {
				return err
			}
			ops, err := c.ports.next(ctx)
			if err != nil {
				return err
			}
			c.state.Processes = append(c.state.Processes, Process{
				Name: fmt.Sprintf("%s-%d", p.name, i+1), Part: p.name, Address: address, Ops: ops,
			})
		}
	}
	return nil
}

// target names all replicas of a part, as client.Dial takes it.
func (c *Cluster) target(part string) string {
	var addresses []string
	for _, p := range c.state.Processes {
		if p.Part == part {
			addresses = append(addresses, p.Address)
		}
	}
	return "list:///" + strings.Join(addresses, ",")
}

// migrate brings every service's schema to that of its binary.
func (c *Cluster) migrate(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range services {
		group.Go(func() error {
			cmd := exec.CommandContext(ctx, filepath.Join(c.config.Bin, s.name), "migrate", "--database-url-file", c.keys(s.name+".database"))
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("migrate %s: %w:\n%s", s.name, err, out)
			}
			return nil
		})
	}
	return group.Wait()
}

// writeDatabases writes each service's own URL of the one database.
func (c *Cluster) writeDatabases(server string) error {
	for _, s := range services {
		u, err := url.Parse(server)
		if err != nil {
			return errors.New("the URL of PostgreSQL cannot be read") // err would repeat the password
		}
		q := u.Query()
		q.Set("search_path", q.Get("search_path")+s.name) // a prefix lets several clusters share one database
		u.RawQuery = q.Encode()
		if err := replace(c.keys(s.name+".database"), []byte(u.String()+"\n"), 0o600); err != nil {
			return fmt.Errorf("write the database of %s: %w", s.name, err)
		}
	}
	return nil
}

// program is the process of a replica.
func (c *Cluster) program(p Process) program {
	return program{
		name: p.Name, path: filepath.Join(c.config.Bin, p.Part), args: c.flags(p), dir: c.config.Dir,
		log: c.layout.log(p.Name), term: syscall.SIGTERM, patience: processStop,
	}
}

func (c *Cluster) flags(p Process) []string {
	flags := []string{
		"--listen", p.Address, "--ops-listen", p.Ops,
		"--tls-cert-file", c.tls(p.Part + ".pem"), "--tls-key-file", c.tls(p.Part + "-key.pem"), "--tls-ca-file", c.tls(AuthorityFile),
		"--drain-wait", drainWait.String(), "--drain-limit", drainLimit.String(), "--log-level", "warn",
	}
	about := gateway
	for _, s := range services {
		if s.name == p.Part {
			about = s
			flags = append(flags,
				"--accept-peers", strings.Join(s.callers, ","), "--oidc-issuer", c.state.Issuer, "--oidc-audience", audience,
				"--database-url-file", c.keys(s.name+".database"),
				"--journal-key-file", c.keys(s.name+".key"), "--page-key-file", c.keys("page.key"),
			)
		}
	}
	for _, peer := range about.peers {
		flags = append(flags, "--"+peer+"-target", c.target(peer))
	}
	switch p.Part {
	case "org":
		flags = append(flags, "--personal-key-file", c.keys("personal.key"))
	case "report":
		flags = append(flags, "--token-file", c.keys("report.token"), "--redis-url", c.state.Redis)
	}
	return flags
}

// ready asks a process whether calls may be sent to it.
func (p Process) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Ops+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}
