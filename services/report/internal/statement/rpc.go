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

// Catalogue tells what campaigns measure.
type Catalogue interface {
	// Campaign is a campaign as far as report has followed, or NOT_FOUND.
	Campaign(ctx context.Context, name string) (*actionv1.Campaign, error)
	// CatchUp returns when all that was acknowledged to writers of campaigns before the call is followed.
	CatchUp(ctx context.Context) error
}

var _ reportv1.StatementServiceServer = (*server)(nil)

type server struct {
	reportv1.UnsafeStatementServiceServer
	statements *resource.Store[*reportv1.Statement]
	catalogue  Catalogue
}

// Room keeps the statements.
func Room(c Catalogue) resource.Room {
	return resource.RoomOf(kind(campaigns{c}), func(_ context.Context, k *resource.Kit, statements *resource.Store[*reportv1.Statement]) error {
		reportv1.RegisterStatementServiceServer(k, &server{statements: statements, catalogue: c})
		return nil
	})
}

// CreateStatement names the statement by its indicator and day.
func (s *server) CreateStatement(ctx context.Context, r *reportv1.CreateStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Create(ctx, r, resource.Together(s.state))
}

// BatchCreateStatements writes all rows or none.
func (s *server) BatchCreateStatements(ctx context.Context, r *reportv1.BatchCreateStatementsRequest) (*reportv1.BatchCreateStatementsResponse, error) {
	return resource.BatchCreate[*reportv1.BatchCreateStatementsResponse](ctx, s.statements, r, resource.Together(s.state))
}

func (s *server) state(ctx context.Context, statements []*reportv1.Statement) (func(*reportv1.Statement) error, error) {
	c, err := s.campaign(ctx, statements)
	if err != nil {
		return nil, err
	}
	return func(m *reportv1.Statement) error { return Fits(m, c) }, nil
}

// GetStatement is open to everybody.
func (s *server) GetStatement(ctx context.Context, r *reportv1.GetStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Get(ctx, r)
}

// ListStatements is open to everybody.
func (s *server) ListStatements(ctx context.Context, r *reportv1.ListStatementsRequest) (*reportv1.ListStatementsResponse, error) {
	return resource.Page[*reportv1.ListStatementsResponse](ctx, s.statements, r)
}

// UpdateStatement checks the result as CreateStatement does.
func (s *server) UpdateStatement(ctx context.Context, r *reportv1.UpdateStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Update(ctx, r, func(_, updated *reportv1.Statement) error {
		c, err := s.catalogue.Campaign(ctx, resource.Parent(updated.GetName()))
		if err != nil {
			return err
		}
		return Fits(updated, c)
	})
}

// campaign is the one campaign that the statements are about, or NOT_FOUND. A caller that has just created a campaign may state
// its figures at once: if something is missing, report first catches up with what was acknowledged before.
func (s *server) campaign(ctx context.Context, statements []*reportv1.Statement) (*actionv1.Campaign, error) {
	name := resource.Parent(statements[0].GetName())
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

// campaigns are those that statements can be listed of: what report has followed, without asking action, since everybody
// lists statements and a question about any name that comes to mind would be a call.
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
