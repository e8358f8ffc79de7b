package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/wancun/internal/suite"
)

type tokenCommand struct {
	Data         string        `help:"Data directory whose suite accepts the token." default:"./data" type:"path"`
	Role         string        `help:"Role, for example county_clerk." required:""`
	Area         string        `help:"Division code prefix, for example 4331; empty means everywhere."`
	Organization string        `help:"USCC of the organization, for an organization_manager."`
	Subject      string        `help:"Who the token is for: an id, never a name." default:"script"`
	TTL          time.Duration `name:"ttl" help:"How long it is good." default:"12h"`
}

// Run prints a token.
func (c *tokenCommand) Run(_ context.Context, t *terminal) error {
	role, ok := accessv1.Role_value[strings.ToUpper(c.Role)]
	if !ok {
		return fmt.Errorf("--role: there is no role %q", c.Role)
	}
	issuer, err := suite.OpenIssuer(suite.Config{Dir: c.Data, Clock: t.now})
	if err != nil {
		return err
	}
	token, err := issuer.Mint(c.Subject, []*accessv1.Grant{{
		Role: accessv1.Role(role), Area: c.Area, Organization: c.Organization,
	}}, c.TTL)
	if err != nil {
		return err
	}
	t.printf("%s\n", token)
	return nil
}
