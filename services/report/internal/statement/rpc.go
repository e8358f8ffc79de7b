package statement

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// Catalogue returns campaigns with their indicators.
type Catalogue interface {
	// Campaign returns a campaign as of the entries that report has applied, or NOT_FOUND.
	Campaign(ctx context.Context, name string) (*actionv1.Campaign, error)
	// CatchUp waits until all campaign changes that were acknowledged before the call are applied.
	CatchUp(ctx context.Context) error
}

var _ reportv1.StatementServiceServer = (*server)(nil)

type server struct {
	reportv1.UnsafeStatementServiceServer
	statements *resource.Store[*reportv1.Statement]
	catalogue  Catalogue
}

// Room returns the room that stores statements and serves StatementService.
func Room(c Catalogue) resource.Room {
	return resource.RoomOf(kind(campaigns{c}), func(_ context.Context, k *resource.Kit, statements *resource.Store[*reportv1.Statement]) error {
		reportv1.RegisterStatementServiceServer(k, &server{statements: statements, catalogue: c})
		return nil
	})
}

// CreateStatement derives the id of the statement from its indicator and date.
func (s *server) CreateStatement(ctx context.Context, r *reportv1.CreateStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Create(ctx, r, resource.ByParent(s.state))
}

// BatchCreateStatements creates all statements or none.
func (s *server) BatchCreateStatements(ctx context.Context, r *reportv1.BatchCreateStatementsRequest) (*reportv1.BatchCreateStatementsResponse, error) {
	return resource.BatchCreate[*reportv1.BatchCreateStatementsResponse](ctx, s.statements, r, resource.ByParent(s.state))
}

func (s *server) state(ctx context.Context, campaign string, statements []*reportv1.Statement) (func(*reportv1.Statement) error, error) {
	c, err := s.campaign(ctx, campaign, statements)
	if err != nil {
		return nil, err
	}
	return func(m *reportv1.Statement) error { return Fits(m, c) }, nil
}

// GetStatement serves all callers.
func (s *server) GetStatement(ctx context.Context, r *reportv1.GetStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Get(ctx, r)
}

// ListStatements serves all callers.
func (s *server) ListStatements(ctx context.Context, r *reportv1.ListStatementsRequest) (*reportv1.ListStatementsResponse, error) {
	return resource.Page[*reportv1.ListStatementsResponse](ctx, s.statements, r)
}

// UpdateStatement applies the same checks as CreateStatement.
func (s *server) UpdateStatement(ctx context.Context, r *reportv1.UpdateStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Update(ctx, r, func(_, updated *reportv1.Statement) error {
		c, err := s.catalogue.Campaign(ctx, resource.Parent(updated.GetName()))
		if err != nil {
			return err
		}
		return Fits(updated, c)
	})
}

// campaign returns the campaign with a name, to which the statements belong, or NOT_FOUND. If the campaign or an indicator is missing, report
// first catches up with the journal of action, so that a caller can state figures immediately after creating the
// campaign.
func (s *server) campaign(ctx context.Context, name string, statements []*reportv1.Statement) (*actionv1.Campaign, error) {
	c, err := s.catalogue.Campaign(ctx, name)
	if err != nil && !absent(err) {
		return nil, err
	}
	for _, m := range statements {
		if indicatorOf(c, m.GetIndicator()) == nil {
			if err := s.catalogue.CatchUp(ctx); err != nil {
				return nil, fmt.Errorf("catch up with campaigns: %w", err)
			}
			return s.catalogue.Campaign(ctx, name)
		}
	}
	return c, err
}

func absent(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Code() == codes.NotFound
}

// campaigns are the parents of statements: the campaigns that report has applied. It does not call action, because all
// callers can list statements and each unknown name would cause a call.
type campaigns struct{ catalogue Catalogue }

// Known implements [resource.Parents].
func (c campaigns) Known(ctx context.Context, names []string) (map[string]bool, error) {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		_, err := c.catalogue.Campaign(ctx, name)
		if err != nil && !absent(err) {
			return nil, err
		}
		known[name] = err == nil
	}
	return known, nil
}
