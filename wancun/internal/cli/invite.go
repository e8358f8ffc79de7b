package cli

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/client"
)

// operatorFlags select a running suite and the key of its issuer, with which the operator of the machine acts as an
// account administrator.
type operatorFlags struct {
	Data   string `help:"Data directory of the running suite (${default})." default:"./data" type:"path" placeholder:"DIR"`
	Server string `help:"Where the suite serves REST, as the person reaches it in a browser (${default})." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Token  string `help:"Token of an account administrator, instead of the issuer's key in the data directory." env:"WANCUN_TOKEN" placeholder:"TOKEN"`
	secretsFlags
}

// operatorTTL bounds the token of a command.
const operatorTTL = time.Minute

// dial connects to the suite. The calls in the returned context have the operator's token.
func (c operatorFlags) dial(ctx context.Context, t *terminal) (context.Context, connection, error) {
	token := c.Token
	if token == "" {
		issuer, err := openIssuer(ctx, t, c.Data, c.secretsFlags)
		if err != nil {
			return nil, nil, err
		}
		if token, err = issuer.Mint("operator", []*accessv1.Grant{{Role: accessv1.Grant_ACCOUNT_ADMIN}}, operatorTTL); err != nil {
			return nil, nil, err
		}
	}
	conn, err := remote{c.Server}.dial(ctx)
	return client.WithToken(ctx, token), conn, err
}

// link returns the address of a page.
func (c operatorFlags) link(path string) string { return strings.TrimSuffix(c.Server, "/") + path }

type inviteCommand struct {
	operatorFlags

	Role         string `help:"Role that the person receives: ${role_list} (${default})." default:"account_admin" enum:"${roles}" placeholder:"ROLE"`
	Area         string `help:"Division code without trailing zeros, for example 4331; clerks and village teams need one, for others empty means everywhere." placeholder:"CODE"`
	Organization string `help:"USCC of the organization, for an organization_manager." placeholder:"USCC"`
	Name         string `help:"Name of the person." required:"" placeholder:"NAME"`
}

// Help is the long text of wancun invite --help.
func (inviteCommand) Help() string {
	return "Prints a link, with which a person creates an account that has the role. It works once, within 72 hours. People " +
		"who have an account invite others in the console; this command is for the operator of the machine, for the case that " +
		"no account administrator can sign in."
}

// Run prints the link of a new invitation.
func (c *inviteCommand) Run(ctx context.Context, t *terminal) error {
	ctx, conn, err := c.dial(ctx, t)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	i := &orgv1.Invitation{
		DisplayName: c.Name, Role: accessv1.Grant_Role(accessv1.Grant_Role_value[strings.ToUpper(c.Role)]), Area: c.Area,
	}
	if c.Organization != "" {
		i.Organization = "organizations/" + c.Organization
	}
	made, err := orgv1.NewInvitationServiceClient(conn).CreateInvitation(ctx, &orgv1.CreateInvitationRequest{
		InvitationId: uuid.NewString(), Invitation: i,
	})
	if err != nil {
		return err
	}
	t.printf("%s\n", c.link("/invitations/"+made.GetCode()))
	return nil
}
