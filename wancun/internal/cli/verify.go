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
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/journal"
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
	keptFlags
	secretsFlags
	Save string `help:"Directory to write the newest checkpoints to, for --known." type:"path" placeholder:"DIR"`
}

// journals are the journals to verify.
type journals struct {
	client func(log string) journalv1.JournalServiceClient
	// stored gives access to the database behind the journals; nil for a server, which does not expose it.
	stored *suite.Journals
	close  func() error
}

// Run checks every journal and prints the first wrong entry of each.
func (c *verifyCommand) Run(ctx context.Context, t *terminal) error {
	j, err := c.open(ctx, t)
	if err != nil {
		return err
	}
	fit, err := c.checkAll(ctx, t, j)
	c.sayKnown(t, j)
	if j.stored != nil {
		follow, failed := compareAll(ctx, t, j.stored)
		fit, err = fit && follow, errors.Join(err, failed)
	}
	if !fit && c.Server != "" && c.Keys == "" {
		t.notef("The public keys are those of %s; --keys names another directory.\n", c.Data)
	}
	if err = errors.Join(err, j.close()); err == nil && !fit {
		err = errFailed
	}
	return err
}

// sayKnown prints which earlier checkpoints were compared. If none was, entries may have been removed unnoticed from
// the end of a journal together with the checkpoints that covered them.
func (c *verifyCommand) sayKnown(t *terminal, j journals) {
	if j.stored != nil && j.stored.KeptDir() != "" {
		t.printf("checkpoints: those kept in %s were compared\n", j.stored.KeptDir())
		return
	}
	if c.Known == "" {
		t.notef("No earlier checkpoint was compared: entries removed from the end of a journal are noticed only if --known or --checkpoints names some.\n")
	}
}

// checkAll checks each journal and prints the result. After a journal that cannot be checked it continues with the
// others.
func (c *verifyCommand) checkAll(ctx context.Context, t *terminal, j journals) (fit bool, err error) {
	fit = true
	for _, log := range services.All() {
		result, waiting, failed := c.check(ctx, j, log)
		if says, ok := departure(failed); ok {
			fit = false
			t.printf("logs/%s: DOES NOT FIT: %s\n", log, says)
			continue
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("verify logs/%s: %w", log, failed))
			continue
		}
		t.printf("logs/%s: %d entries and %d checkpoints fit the public key\n", log, result.Entries, result.Checkpoints)
		if waiting > 0 {
			t.printf("logs/%s: %d more are accepted and not numbered yet, so that no checkpoint covers them\n", log, waiting)
		}
		err = errors.Join(err, c.save(log, result))
	}
	return fit, err
}

// departure describes the wrong entry that an error names; false if the error names none.
func departure(err error) (says string, ok bool) {
	if m, ok := errors.AsType[*verify.Mismatch](err); ok {
		return entryOf(m.Position, m.Resource) + ": " + m.Reason, true
	}
	if d, ok := errors.AsType[*journal.DisagreementError](err); ok {
		return entryOf(d.Position, d.Resource) + ": " + d.Reason, true
	}
	return "", false
}

func entryOf(position int64, resource string) string {
	if resource == "" {
		return fmt.Sprintf("entry %d", position)
	}
	return fmt.Sprintf("entry %d (%s)", position, resource)
}

// open opens the data directory's journals, or connects to the server's.
func (c *verifyCommand) open(ctx context.Context, t *terminal) (journals, error) {
	if c.Server == "" {
		config := suite.Config{Dir: c.Data, Postgres: c.Postgres, Clock: t.now, Logger: t.logger}
		c.apply(&config)
		config.Secrets = c.Secrets
		j, err := suite.OpenJournals(ctx, config)
		if err != nil {
			return journals{}, err
		}
		return journals{client: j.Client, stored: j, close: j.Close}, nil
	}
	conn, err := remote{Server: c.Server}.dial(ctx)
	if err != nil {
		return journals{}, err
	}
	authorized := journalv1.NewJournalServiceClient(tokenConn{conn, c.Token})
	return journals{client: func(string) journalv1.JournalServiceClient { return authorized }, close: conn.Close}, nil
}

// check checks one journal. waiting is how many entries wait to be numbered; 0 for a server, where this cannot be seen.
func (c *verifyCommand) check(ctx context.Context, j journals, log string) (r verify.Result, waiting int64, err error) {
	key, err := c.key(log)
	if err != nil {
		return r, 0, err
	}
	if j.stored != nil {
		if err := j.stored.CheckStorage(ctx, log); err != nil {
			return r, 0, err
		}
	}
	config := verify.Config{Client: j.client(log), Log: log, Key: key}
	if config.Known, err = c.known(j, log); err != nil {
		return r, 0, err
	}
	if r, err = verify.Log(ctx, config); err == nil && j.stored != nil {
		waiting, err = j.stored.CheckBeside(ctx, log)
	}
	return r, waiting, err
}

// known returns the earlier checkpoints of a journal: those of earlier runs, which must exist if --known names them,
// and the one that was kept apart from the data.
func (c *verifyCommand) known(j journals, log string) ([]string, error) {
	var all []string
	if c.Known != "" {
		b, err := os.ReadFile(filepath.Join(c.Known, log+".checkpoint"))
		if err != nil {
			return nil, fmt.Errorf("read known checkpoint: %w", err)
		}
		all = append(all, string(b))
	}
	if j.stored != nil {
		one, err := j.stored.Kept(log)
		if err != nil {
			return nil, err
		}
		if one != "" {
			all = append(all, one)
		}
	}
	return all, nil
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

// tokenConn adds a token to every call.
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
