package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/file"
	"github.com/wancun/wancun/wancun/internal/authority"
)

const (
	drainWait    = time.Second
	drainLimit   = 10 * time.Second
	processStart = time.Minute
	processStop  = drainWait + drainLimit + 5*time.Second
)

// place assigns the addresses of all replicas before any of them starts, because each receives the addresses of the
// others.
func (c *Cluster) place(ctx context.Context) error {
	for _, part := range services.Parts() {
		replicas := c.config.Replicas
		if part == services.Gateway {
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
				Name: fmt.Sprintf("%s-%d", part, i+1), Part: part, Address: address, Ops: ops,
			})
		}
	}
	return nil
}

// target returns the addresses of all replicas of a part, in the form that client.Dial takes.
func (c *Cluster) target(part string) string {
	var addresses []string
	for _, p := range c.state.Processes {
		if p.Part == part {
			addresses = append(addresses, p.Address)
		}
	}
	return "list:///" + strings.Join(addresses, ",")
}

// migrate brings every service's database schema to the version of the binary.
func (c *Cluster) migrate(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, service := range services.All() {
		group.Go(func() error {
			cmd := exec.CommandContext(ctx, c.program(service), "migrate", "--database-url-file", c.keys(service+".database"))
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("migrate %s: %w:\n%s", service, err, out)
			}
			return nil
		})
	}
	return group.Wait()
}

// writeDatabases writes the database URL of each service. All services share one database, each in a schema of its own.
func (c *Cluster) writeDatabases(server string) error {
	for _, service := range services.All() {
		u, err := url.Parse(server)
		if err != nil {
			return errors.New("the URL of PostgreSQL cannot be read") // err would contain the password
		}
		q := u.Query()
		q.Set("search_path", q.Get("search_path")+service) // a prefix lets several clusters share one database
		u.RawQuery = q.Encode()
		if err := file.Replace(c.keys(service+".database"), []byte(u.String()+"\n"), 0o600); err != nil {
			return fmt.Errorf("write the database of %s: %w", service, err)
		}
	}
	return nil
}

// process returns the program that runs a replica.
func (c *Cluster) process(p Process) program {
	return program{
		name: p.Name, path: c.layout.program(p.Part), args: c.flags(p), dir: c.config.Dir,
		log: c.layout.log(p.Name), term: syscall.SIGTERM, patience: processStop,
	}
}

func (c *Cluster) flags(p Process) []string {
	flags := []string{
		"--listen", p.Address, "--ops-listen", p.Ops,
		"--tls-cert-file", c.tls(p.Part + ".pem"), "--tls-key-file", c.tls(p.Part + "-key.pem"), "--tls-ca-file", c.tls(authority.File),
		"--drain-wait", drainWait.String(), "--drain-limit", drainLimit.String(), "--log-level", "warn",
		"--oidc-issuer", c.state.Issuer, "--oidc-audience", audience,
	}
	if p.Part != services.Gateway {
		flags = append(flags,
			"--accept-peers", strings.Join(services.Callers(p.Part), ","),
			"--database-url-file", c.keys(p.Part+".database"),
			"--journal-key-file", c.keys(p.Part+".key"), "--page-key-file", c.keys("page.key"),
		)
	}
	for _, peer := range services.Peers(p.Part) {
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

// ready reports whether the process is ready to receive calls.
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
