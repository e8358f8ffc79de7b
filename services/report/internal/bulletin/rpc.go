package bulletin

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/page"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/rollup"
	"github.com/wancun/wancun/services/report/internal/statement"
)

// Overviews implements GetOverview, the one method of BulletinService that package bulletin does not implement itself.
type Overviews interface {
	GetOverview(ctx context.Context, r *reportv1.GetOverviewRequest) (*httpbody.HttpBody, error)
}

// Deps are the dependencies of bulletins besides the Kit. All but PublicURL and Font are required.
type Deps struct {
	Rollups   *rollup.Store
	Waiter    *rollup.Waiter
	Overviews Overviews
	// Stated reads the statements that bulletins show.
	Stated statement.Stated
	// PublicURL is the address at which people reach the suite in a browser; pages name their own address under it. Empty:
	// they name none. Font is the path of the font of PDFs; empty: the one in package pdf.
	PublicURL, Font string
}

var _ reportv1.BulletinServiceServer = (*server)(nil)

type server struct {
	reportv1.UnsafeBulletinServiceServer
	Overviews

	db      *database.DB
	rollups *rollup.Store
	waiter  *rollup.Waiter
	journal *journal.Log
	stated  statement.Stated
	pages   *page.Sealer
	now     func() time.Time
	pager   renderer
}

// Open registers BulletinService with a service. The journal of the Kit is report's own, which holds the statements.
func Open(k *resource.Kit, d Deps) error {
	pages, err := page.NewSealer(k.PageKey)
	if err != nil {
		return err
	}
	r, err := newRenderer(d.PublicURL, d.Font)
	if err != nil {
		return err
	}
	reportv1.RegisterBulletinServiceServer(k, &server{
		Overviews: d.Overviews, db: k.DB, rollups: d.Rollups, waiter: d.Waiter, journal: k.Journal(), stated: d.Stated, pages: pages, now: k.Clock, pager: r,
	})
	return nil
}

// GetBulletin reads the rollups without a cache, so the bulletin is never older than what at_least demands.
func (s *server) GetBulletin(ctx context.Context, r *reportv1.GetBulletinRequest) (*reportv1.Bulletin, error) {
	return s.bulletin(ctx, r)
}

// RenderBulletin returns the bulletin of GetBulletin as a page.
func (s *server) RenderBulletin(ctx context.Context, r *reportv1.RenderBulletinRequest) (*httpbody.HttpBody, error) {
	b, err := s.bulletin(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.pager.render(ctx, b, r)
}

// bulletin waits until the rollups contain the positions in at_least, then reads the bulletin.
func (s *server) bulletin(ctx context.Context, r interface {
	GetName() string
	GetAtLeast() []string
	GetAsKnownAt() string
},
) (*reportv1.Bulletin, error) {
	atLeast, err := positions(r.GetAtLeast())
	if err != nil {
		return nil, err
	}
	if err := s.waiter.Await(ctx, atLeast); err != nil {
		return nil, err
	}
	campaign := strings.TrimSuffix(r.GetName(), "/bulletin")
	return s.load(ctx, campaign, r.GetAsKnownAt())
}

// positions parses positions in the format of requests: logs/action:1234.
func positions(texts []string) ([]*reportv1.LogPosition, error) {
	out := make([]*reportv1.LogPosition, len(texts))
	for i, text := range texts {
		log, digits, _ := strings.Cut(text, ":")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return nil, fault.Invalid(fmt.Sprintf("at_least[%d]", i), "POSITION_MALFORMED", "is not of the form logs/action:1234")
		}
		out[i] = &reportv1.LogPosition{Log: log, Position: n}
	}
	return out, nil
}
