package program

import (
	"context"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report"
)

// settings contain the targets of the peers, the shared cache, and the token with which the journals are read. An empty
// target is refused.
type settings struct {
	process.Settings

	OrgTarget     string `default:"dns:///org:9090" help:"Where the replicas of org are."`
	VillageTarget string `default:"dns:///village:9090" help:"Where the replicas of village are."`
	ActionTarget  string `default:"dns:///action:9090" help:"Where the replicas of action are."`
	// TokenFile is required.
	TokenFile config.SecretFile `required:"" help:"Token with the role internal_system, under which the journals are read; read again for each stream, so it may be renewed." placeholder:"SECRET"`
	// At most one of RedisURL and RedisURLFile may be set. Without both, each replica has its own cache.
	RedisURL     config.Secret     `name:"redis-url" help:"Cache that all replicas share: redis://HOST:PORT/0. Prefer the file. Empty: none." placeholder:"URL"`
	RedisURLFile config.SecretFile `name:"redis-url-file" help:"File with the URL of Redis." placeholder:"SECRET"`
	PublicURL    string            `name:"public-url" help:"Address at which people reach the suite in a browser, such as https://wancun.example. Bulletins show their own address under it, also as a QR code. Empty: they show none." placeholder:"URL"`
	PDFFont      string            `name:"pdf-font" help:"TrueType font for bulletins in PDF. Empty: a font that comes with the program." placeholder:"FILE"`
}

// Main runs the service with the command line of this process until the process receives a stop signal, and returns the
// exit code.
func Main() int { return process.Main(program()) }

// Run runs the service as the call specifies until ctx ends, and returns the exit code.
func Run(ctx context.Context, call process.Call) int { return process.Run(ctx, program(), call) }

func program() process.Service[settings] { return process.Of(report.Service(), peers) }

func peers(ctx context.Context, c *settings, p *process.Process, _ *resource.Deps) (given report.Peers, err error) {
	given.Journals, given.PublicURL, given.Font = map[string]journalv1.JournalServiceClient{}, c.PublicURL, c.PDFFont
	for name, target := range map[string]string{"org": c.OrgTarget, "village": c.VillageTarget, "action": c.ActionTarget} {
		conn, err := p.Peer(name, target)
		if err != nil {
			return given, err
		}
		if name == "village" {
			p.FollowSuccessions(ctx, access.SourceOf(villagev1.NewSuccessionServiceClient(conn).ListSuccessions))
		}
		given.Journals[name] = journalv1.NewJournalServiceClient(process.AsItself(conn, c.TokenFile))
	}
	given.Shared, err = p.Redis(c.RedisURL, c.RedisURLFile)
	return given, err
}
