package cli

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	"github.com/wancun/wancun/proto/services"
)

type bulletinCommand struct {
	remote
	page

	AsKnownAt string `help:"The figures as they were known at a time (2019-12-20T08:00:00Z) or up to an entry (logs/action:1200). Empty: now." placeholder:"MOMENT"`
	Campaign  string `help:"The campaign's id (${default})." default:"${campaign}" placeholder:"ID"`
}

// Run prints the bulletin.
func (c *bulletinCommand) Run(ctx context.Context, t *terminal) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	body, err := c.render(ctx, conn, "campaigns/"+c.Campaign, c.AsKnownAt)
	if err != nil {
		return err
	}
	t.printf("%s", body)
	return nil
}

// page selects the form of a printed bulletin.
type page struct {
	Lang   string `help:"Language: zh or en." enum:"zh,en" default:"zh"`
	Format string `help:"Form: text, html, pdf or json." enum:"text,html,pdf,json" default:"text"`
}

// catchUp is how long report may take to apply every earlier write. Shortly after report has started, this can be many
// writes.
const catchUp = 2 * time.Minute

// render requests a bulletin that contains everything written before the call, or the one of an earlier moment.
func (p page) render(ctx context.Context, conn grpc.ClientConnInterface, campaign, asKnownAt string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	written, err := positions(ctx, conn)
	if err != nil {
		return nil, err
	}
	var body *httpbody.HttpBody
	body, err = reportv1.NewBulletinServiceClient(conn).RenderBulletin(ctx, &reportv1.RenderBulletinRequest{
		Name:     campaign + "/bulletin",
		Language: map[string]reportv1.RenderBulletinRequest_Language{"zh": reportv1.RenderBulletinRequest_CHINESE, "en": reportv1.RenderBulletinRequest_ENGLISH}[p.Lang],
		Format: map[string]reportv1.RenderBulletinRequest_Format{
			"text": reportv1.RenderBulletinRequest_TEXT, "html": reportv1.RenderBulletinRequest_HTML, "json": reportv1.RenderBulletinRequest_JSON,
			"pdf": reportv1.RenderBulletinRequest_PDF,
		}[p.Format],
		AtLeast: written, AsKnownAt: asKnownAt,
	})
	if err != nil {
		return nil, err
	}
	return body.GetData(), nil
}

// positions returns the current end of each journal that report follows.
func positions(ctx context.Context, conn grpc.ClientConnInterface) ([]string, error) {
	journals := journalv1.NewJournalServiceClient(conn)
	var out []string
	for _, service := range services.Followed() {
		log := services.Log(service)
		checkpoint, err := journals.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: log})
		if err != nil {
			return nil, fmt.Errorf("ask for the end of %s: %w", log, err)
		}
		out = append(out, fmt.Sprintf("%s:%d", log, checkpoint.GetSize()))
	}
	return out, nil
}
