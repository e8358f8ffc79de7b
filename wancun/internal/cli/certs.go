package cli

import (
	"context"
	"crypto/rand"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/wancun/internal/authority"
)

type certsCommand struct {
	Dir   string   `help:"Directory for the authority and the certificates." default:"./tls" type:"path"`
	Names []string `arg:"" optional:"" help:"Names of the processes, as their peers know them. Default: org village action report gateway."`
}

// Help is the long text of wancun certs --help.
func (certsCommand) Help() string {
	return "For development, not for production: the authority's key lies unencrypted beside the certificates. " +
		"NAME.pem and NAME-key.pem are good for 90 days for NAME, localhost and 127.0.0.1, as client and as server. " +
		"Called again, it renews them under the same authority, and processes that run take them up by themselves."
}

// Run makes the certificates.
func (c *certsCommand) Run(_ context.Context, t *terminal) error {
	if len(c.Names) == 0 {
		c.Names = services.Parts()
	}
	issuer := authority.Authority{Dir: c.Dir, Clock: t.now, Random: rand.Reader}
	if err := issuer.Issue(c.Names...); err != nil {
		return err
	}
	t.printf("%s/%s\n", c.Dir, authority.File)
	for _, name := range c.Names {
		t.printf("%s/%s.pem %s/%s-key.pem\n", c.Dir, name, c.Dir, name)
	}
	return nil
}
