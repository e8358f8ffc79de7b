package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"google.golang.org/grpc/metadata"

	"github.com/wancun/wancun/wancun/internal/demo"
	"github.com/wancun/wancun/wancun/internal/scenario"
	"github.com/wancun/wancun/wancun/internal/suite"
)

type demoCommand struct {
	page

	Scenario bool `help:"Print the calls that make the demonstration, as lines for wancun play, and make none."`
}

// Run loads the demonstration and prints its bulletin. Progress is written to the terminal's notes.
func (c *demoCommand) Run(ctx context.Context, t *terminal) (err error) {
	if c.Scenario {
		lines, err := demo.Scenario()
		if err != nil {
			return err
		}
		return scenario.Write(t.out, lines)
	}
	dir, err := os.MkdirTemp("", "wancun-demo-")
	if err != nil {
		return fmt.Errorf("make temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := suite.Open(ctx, suite.Config{Dir: dir, Clock: t.now, Logger: t.logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := loadDemo(ctx, t, s); err != nil {
		return err
	}
	body, err := c.render(ctx, s.Conn(), "campaigns/"+demo.CampaignID, "")
	if err != nil {
		return err
	}
	t.printf("%s", body)
	return nil
}

// loadDemo loads the demonstration into a suite of this process, under the identities of the people of the campaign.
func loadDemo(ctx context.Context, t *terminal, s *suite.Suite) error {
	bar := newProgress(t)
	defer bar.end()
	return demo.Load(ctx, scenario.Player{Conn: s.Conn(), Mint: s.Mint, Progress: bar.report})
}

// withToken adds a token to the outgoing calls of ctx.
func withToken(ctx context.Context, token string) context.Context {
	if token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}
