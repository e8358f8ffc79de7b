package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/wancun/internal/cluster"
)

type tokenCommand struct {
	Data         string        `help:"Directory of the running cluster." required:"" type:"path" placeholder:"DIR"`
	Role         string        `help:"Role, for example county_clerk." required:"" placeholder:"ROLE"`
	Area         string        `help:"Division code without trailing zeros, for example 4331; clerks and village teams need one, for others empty means everywhere."`
	Organization string        `help:"USCC of the organization, for an organization_manager."`
	Subject      string        `help:"Who the token is for: an id, never a name." default:"script"`
	TTL          time.Duration `name:"ttl" help:"How long it is good." default:"12h"`
}

// Run prints a token that the running cluster accepts.
func (c *tokenCommand) Run() error {
	role, ok := accessv1.Grant_Role_value[strings.ToUpper(c.Role)]
	if !ok {
		return fmt.Errorf("--role: there is no role %q", c.Role)
	}
	issuer, err := cluster.OpenIssuer(c.Data, time.Now, rand.Reader)
	if err != nil {
		return err
	}
	token, err := issuer.Mint(c.Subject, []*accessv1.Grant{{
		Role: accessv1.Grant_Role(role), Area: c.Area, Organization: c.Organization,
	}}, c.TTL)
	if err != nil {
		return err
	}
	fmt.Println(token)
	return nil
}
