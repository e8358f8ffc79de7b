package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/journal/verify"
	"github.com/wancun/wancun/wancun/internal/suite"
)

type verifyCommand struct {
	Data     string `help:"Data directory to check (${default})." default:"./data" type:"path" placeholder:"DIR"`
	Postgres string `help:"The PostgreSQL database that holds the journals, if wancun up was given one." placeholder:"URL"`
	Server   string `help:"Check a suite that runs instead: http://host:port of its gRPC or of its gateway, which a cluster has." placeholder:"URL"`
	Token    string `help:"Token of an auditor, with --server; see wancun token." env:"WANCUN_TOKEN" placeholder:"TOKEN"`
	Keys     string `help:"Directory with the public keys (org.pub …), kept apart from the data. Default: the data directory's own." type:"path" placeholder:"DIR"`
	Known    string `help:"Directory with checkpoints of earlier runs (org.checkpoint …), which the journals must extend." type:"path" placeholder:"DIR"`
	Save     string `help:"Directory to write the newest checkpoints to, for --known." type:"path" placeholder:"DIR"`
}

// Run checks every journal and names the first entry that does not fit.
func (c *verifyCommand) Run(ctx context.Context, t *terminal) (err error) {
	client, end, err := c.open(ctx, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	failed := false
	for _, log := range suite.Logs {
		result, err := c.check(ctx, client(log), log)
		var mismatch *verify.Mismatch
		switch {
		case errors.As(err, &mismatch):
			failed = true
			t.printf("logs/%s: DOES NOT FIT: entry %d", log, mismatch.Position)
			if mismatch.Resource != "" {
				t.printf(" (%s)", mismatch.Resource)
			}
			t.printf(": %s\n", mismatch.Reason)
		case err != nil:
			return fmt.Errorf("verify logs/%s: %w", log, err)
		default:
			t.printf("logs/%s: %d entries and %d checkpoints fit the public key\n", log, result.Entries, result.Checkpoints)
			if err := c.save(log, result); err != nil {
				return err
			}
		}
	}
	if failed {
		if c.Server != "" && c.Keys == "" {
			t.notef("The public keys are those of %s; --keys names another directory.\n", c.Data)
		}
		return errFailed
	}
	return nil
}

// open opens the data directory's journals, or connects to the server's.
func (c *verifyCommand) open(ctx context.Context, t *terminal) (func(log string) journalv1.JournalServiceClient, func() error, error) {
	if c.Server == "" {
		j, err := suite.OpenJournals(ctx, suite.Config{Dir: c.Data, Postgres: c.Postgres, Clock: t.now, Logger: t.logger})
		if err != nil {
			return nil, nil, err
		}
		return j.Client, j.Close, nil
	}
	conn, err := remote{Server: c.Server}.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	authorized := journalv1.NewJournalServiceClient(tokenConn{conn, c.Token})
	return func(string) journalv1.JournalServiceClient { return authorized }, conn.Close, nil
}

func (c *verifyCommand) check(ctx context.Context, client journalv1.JournalServiceClient, log string) (verify.Result, error) {
	key, err := c.key(log)
	if err != nil {
		return verify.Result{}, err
	}
	config := verify.Config{Client: client, Log: log, Key: key}
	if c.Known != "" {
		b, err := os.ReadFile(filepath.Join(c.Known, log+".checkpoint"))
		if err != nil {
			return verify.Result{}, fmt.Errorf("read known checkpoint: %w", err)
		}
		config.Known = string(b)
	}
	return verify.Log(ctx, config)
}

func (c *verifyCommand) key(log string) (note.Verifier, error) {
	if c.Keys == "" {
		key, err := suite.PublicKey(c.Data, log)
		if err != nil {
			return nil, fmt.Errorf("%w; --keys names another directory", err)
		}
		return key, nil
	}
	b, err := os.ReadFile(filepath.Join(c.Keys, log+".pub"))
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	return note.NewVerifier(strings.TrimSpace(string(b)))
}

func (c *verifyCommand) save(log string, r verify.Result) error {
	if c.Save == "" || r.Newest == nil {
		return nil
	}
	if err := os.MkdirAll(c.Save, 0o755); err != nil { //nolint:gosec // checkpoints are public
		return fmt.Errorf("save checkpoint: %w", err)
	}
	path := filepath.Join(c.Save, log+".checkpoint")
	if err := os.WriteFile(path, []byte(r.Newest.GetNote()), 0o644); err != nil { //nolint:gosec // checkpoints are public
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}

// tokenConn makes every call in a token's name.
type tokenConn struct {
	grpc.ClientConnInterface
	token string
}

// Invoke calls with the token.
func (c tokenConn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return c.ClientConnInterface.Invoke(withToken(ctx, c.token), method, args, reply, opts...)
}

// NewStream opens a stream with the token.
func (c tokenConn) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.ClientConnInterface.NewStream(withToken(ctx, c.token), d, method, opts...)
}
