package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/wancun/wancun/wancun/internal/suite"
)

// signInTTL is how long the printed link is valid.
const signInTTL = 15 * time.Minute

type upCommand struct {
	Data string `help:"Data directory (${default})." default:"./data" type:"path" placeholder:"DIR"`
	HTTP string `name:"http" help:"Address for REST." default:"127.0.0.1:8080"`
	GRPC string `name:"grpc" help:"Address for gRPC." default:"127.0.0.1:9090"`
	Demo bool   `help:"Load the campaign of the 2019 notice first, if it is not there."`
	keptFlags
	secretsFlags
	Postgres      string        `help:"Keep the data in this PostgreSQL database instead of SQLite files." placeholder:"URL"`
	CheckInterval time.Duration `help:"How often what is stored is compared with the journals meanwhile; 0: never (${default})." default:"24h" placeholder:"DURATION"`
	Reflection    bool          `help:"List the services and messages to gRPC clients that ask (gRPC reflection), with or without a token." default:"true" negatable:""`
	RequestMemory int64         `help:"MiB that the requests in flight may take together, as they were sent and decoded. 0: a quarter of the memory limit, at least 32 and at most 192."`
	AllowedHosts  []string      `help:"Names by which clients reach the REST address beside localhost, such as that of a proxy before it." placeholder:"NAME,…"`
	PublicURL     string        `name:"public-url" help:"Address at which people reach the suite in a browser, such as https://wancun.example. Bulletins show their own address under it, also as a QR code." placeholder:"URL"`
	PDFFont       string        `name:"pdf-font" help:"TrueType font for bulletins in PDF, such as the one in which the authority issues." placeholder:"FILE"`
}

// Run serves until ctx ends.
func (c *upCommand) Run(ctx context.Context, t *terminal) (err error) {
	began := t.now()
	if c.CheckInterval < 0 {
		return fmt.Errorf("--check-interval is %v, want 0 or more", c.CheckInterval)
	}
	config := suite.Config{
		Dir: c.Data, Postgres: c.Postgres, Reflection: c.Reflection, CheckInterval: c.CheckInterval,
		AllowedHosts: c.AllowedHosts, PublicURL: c.PublicURL, PDFFont: c.PDFFont, RequestMemory: c.RequestMemory, Clock: t.now, Logger: t.logger,
	}
	c.apply(&config)
	config.Secrets = c.Secrets
	s, err := suite.Open(ctx, config)
	if err != nil {
		return cutShort(ctx, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	rest, err := listen(ctx, "--http", c.HTTP)
	if err != nil {
		return cutShort(ctx, err)
	}
	grpc, err := listen(ctx, "--grpc", c.GRPC)
	if err != nil {
		return errors.Join(cutShort(ctx, err), rest.Close())
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(serving, rest, grpc) }()
	if err := c.prepare(ctx, t, s); err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	if ctx.Err() == nil {
		if err := greet(ctx, t, s, rest.Addr(), grpc.Addr(), t.now().Sub(began)); err != nil {
			stop()
			return errors.Join(err, <-ended)
		}
	}
	return <-ended
}

// listen listens on an address. Its error names the flag that chooses another address.
func listen(ctx context.Context, flag, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; choose another address with %s", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return l, nil
}

// prepare loads the demonstration if requested. A stop during the load is not an error: the next start resumes it.
func (c *upCommand) prepare(ctx context.Context, t *terminal, s *suite.Suite) error {
	if !c.Demo {
		return nil
	}
	return cutShort(ctx, loadDemo(ctx, t, s))
}

// cutShort returns nil for an error after the user stopped the command.
func cutShort(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// greet prints the addresses of the suite. The first person who opens the link becomes the first administrator, so it is
// only printed to a terminal.
func greet(ctx context.Context, t *terminal, s *suite.Suite, rest, grpc net.Addr, took time.Duration) error {
	code, err := s.FirstAdministrator(ctx, signInTTL)
	if err != nil {
		return err
	}
	t.printf("Wancun serves after %.1f s.\n\n", took.Seconds())
	t.printf("  REST     http://%s  (read it at /docs)\n", rest)
	t.printf("  gRPC     %s\n", grpc)
	if code == "" {
		t.printf("  Sign in  http://%s/sign-in\n\n", rest)
	} else {
		t.printf("  Sign in  http://%s/sign-in?code=%s\n", rest, code)
		t.printf("           makes the first administrator: once, within %d minutes\n\n", int(signInTTL.Minutes()))
	}
	t.printf("%s\n", keptLines(s.Kept()))
	t.printf("Stop with Ctrl-C.\n")
	return nil
}
