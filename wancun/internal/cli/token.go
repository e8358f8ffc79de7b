package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/wancun/internal/suite"
)

type tokenCommand struct {
	Data         string        `help:"Data directory whose suite accepts the token (${default})." default:"./data" type:"path" placeholder:"DIR"`
	Role         string        `help:"What its bearer may do: ${role_list}." required:"" enum:"${roles}" placeholder:"ROLE"`
	Area         string        `help:"Division code without trailing zeros, for example 4331; clerks and village teams need one, for others empty means everywhere." placeholder:"CODE"`
	Organization string        `help:"USCC of the organization, for an organization_manager." placeholder:"USCC"`
	Subject      string        `help:"Who the token is for: an id, never a name." default:"script"`
	TTL          time.Duration `name:"ttl" help:"How long it is good." default:"12h"`
	secretsFlags
}

// Run prints a token.
func (c *tokenCommand) Run(ctx context.Context, t *terminal) error {
	issuer, err := openIssuer(ctx, t, c.Data, c.secretsFlags)
	if err != nil {
		return err
	}
	token, err := issuer.Mint(c.Subject, []*accessv1.Grant{{
		Role: accessv1.Grant_Role(accessv1.Grant_Role_value[strings.ToUpper(c.Role)]), Area: c.Area, Organization: c.Organization,
	}}, c.TTL)
	if err != nil {
		return err
	}
	t.printf("%s\n", token)
	return nil
}

// openIssuer opens the issuer of a data directory.
func openIssuer(ctx context.Context, t *terminal, data string, s secretsFlags) (*issuer.Issuer, error) {
	if _, err := os.Stat(filepath.Join(data, "keys")); errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s may not be read by this user: %w", data, bare(err))
	}
	return suite.OpenIssuer(ctx, suite.Config{Dir: data, Secrets: s.Secrets, Clock: t.now})
}

// roles returns the roles that a token can grant, spelled as on the command line.
func roles() []string {
	var out []string
	for n := range accessv1.Grant_Role_name {
		switch r := accessv1.Grant_Role(n); r {
		case accessv1.Grant_ROLE_UNSPECIFIED, accessv1.Grant_PUBLIC, accessv1.Grant_ACCOUNT_OWNER: // no token has them
		default:
			out = append(out, strings.ToLower(r.String()))
		}
	}
	slices.Sort(out)
	return out
}
