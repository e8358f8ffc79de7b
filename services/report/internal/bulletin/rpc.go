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

// Overviews answers GetOverview, the one call of BulletinService that another room keeps.
type Overviews interface {
	GetOverview(ctx context.Context, r *reportv1.GetOverviewRequest) (*httpbody.HttpBody, error)
}

// Deps are what bulletins are made from beside the Kit; all are required.
type Deps struct {
	Rollups   *rollup.Store
	Waiter    *rollup.Waiter
	Overviews Overviews
	// Stated reads the statements.
	Stated statement.Stated
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

// Open adds BulletinService to a service. The Kit's journal is the report's own, which holds the statements.
func Open(k *resource.Kit, d Deps) error {
	pages, err := page.NewSealer(k.PageKey)
	if err != nil {
		return err
	}
	r, err := newRenderer()
	if err != nil {
		return err
	}
	reportv1.RegisterBulletinServiceServer(k, &server{
		Overviews: d.Overviews, db: k.DB, rollups: d.Rollups, waiter: d.Waiter, journal: k.Journal(), stated: d.Stated, pages: pages, now: k.Clock, pager: r,
	})
	return nil
}

// GetBulletin answers from the rollups; nothing is cached, so it is never older than its caller's last write.
func (s *server) GetBulletin(ctx context.Context, r *reportv1.GetBulletinRequest) (*reportv1.Bulletin, error) {
	return s.bulletin(ctx, r)
}

// RenderBulletin is GetBulletin laid out.
func (s *server) RenderBulletin(ctx context.Context, r *reportv1.RenderBulletinRequest) (*httpbody.HttpBody, error) {
	b, err := s.bulletin(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.pager.render(b, r.GetLanguage(), r.GetFormat())
}

// bulletin reads the bulletin as soon as it contains what the caller asks for.
func (s *server) bulletin(ctx context.Context, r interface {
	GetName() string
	GetAtLeast() []string
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
	return s.load(ctx, campaign)
}

// positions reads positions as requests name them: logs/action:1234.
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
