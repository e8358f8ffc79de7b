package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/wancun/wancun/wancun/internal/scenario"
)

type playCommand struct {
	remote
	secretsFlags

	Data string `help:"Data directory of the suite, whose issuer makes the tokens of the people (${default})." default:"./data" type:"path" placeholder:"DIR"`
	File string `arg:"" name:"file" help:"The scenario: lines of JSON, as wancun demo --scenario prints them."`
}

// Help is the long text of wancun play --help.
func (playCommand) Help() string {
	return `A scenario has lines of three kinds. {"person": "clerk", "grants": [{"role": "COUNTY_CLERK", "area": "433124"}]} ` +
		`declares who calls; {"stage": "needs"} begins a stage; ` +
		`{"as": "clerk", "call": "/wancun.village.v1.NeedService/VerifyNeed", "request": {…}} is a call. ` +
		"The calls of a stage are made in parallel, and a stage begins when the one before has succeeded. A scenario " +
		"that failed can be played again: calls that succeeded are not made twice."
}

// Run plays the scenario.
func (c *playCommand) Run(ctx context.Context, t *terminal) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, bare(err))
	}
	defer f.Close() //nolint:errcheck // only read
	lines, err := scenario.Read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	issuer, err := openIssuer(ctx, t, c.Data, c.secretsFlags)
	if err != nil {
		return err
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	bar := newProgress(t)
	defer bar.end()
	if err := (scenario.Player{Conn: conn, Mint: issuer.Mint, Progress: bar.report}).Play(ctx, lines); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return nil
}
