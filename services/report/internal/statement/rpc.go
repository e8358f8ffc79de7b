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

// New opens the store of statements and returns the handlers, and what documents read statements by.
func New(ctx context.Context, k *resource.Kit, c Catalogue) (reportv1.StatementServiceServer, Stated, error) {
	statements, err := resource.NewStore(ctx, k, kind(campaigns{c}))
	if err != nil {
		return nil, Stated{}, err
	}
	return &server{statements: statements, catalogue: c}, Stated{statements}, nil
}

// CreateStatement names the statement by its indicator and day.
func (s *server) CreateStatement(ctx context.Context, r *reportv1.CreateStatementRequest) (*reportv1.Statement, error) {
	c, err := s.campaign(ctx, r.GetParent(), r)
	if err != nil {
		return nil, err
	}
	return s.statements.Create(ctx, r, nameOf(r.GetParent(), r.GetStatement()), r.GetStatement(), fitting(c))
}

// BatchCreateStatements writes all rows or none.
func (s *server) BatchCreateStatements(ctx context.Context, r *reportv1.BatchCreateStatementsRequest) (*reportv1.BatchCreateStatementsResponse, error) {
	items, err := items(r)
	if err != nil {
		return nil, err
	}
	c, err := s.campaign(ctx, r.GetParent(), r.GetRequests()...)
	if err != nil {
		return nil, err
	}
	b, err := s.statements.BatchCreate(ctx, r, items, fitting(c))
	if err != nil {
		return nil, err
	}
	return &reportv1.BatchCreateStatementsResponse{Statements: b.Items, CreatedCount: b.Created, UnchangedCount: b.Unchanged}, nil
}

// GetStatement is open to everybody.
func (s *server) GetStatement(ctx context.Context, r *reportv1.GetStatementRequest) (*reportv1.Statement, error) {
	return s.statements.Get(ctx, r)
}

// ListStatements is open to everybody.
func (s *server) ListStatements(ctx context.Context, r *reportv1.ListStatementsRequest) (*reportv1.ListStatementsResponse, error) {
	statements, next, err := s.statements.List(ctx, r)
	if err != nil {
		return nil, err
	}
	return &reportv1.ListStatementsResponse{Statements: statements, NextPageToken: next}, nil
}

// UpdateStatement checks the result as CreateStatement does.
func (s *server) UpdateStatement(ctx context.Context, r *reportv1.UpdateStatementRequest) (*reportv1.Statement, error) {
	c, err := s.catalogue.Campaign(ctx, campaignOf(r.GetStatement().GetName()))
	if err != nil {
		return nil, err
	}
	return s.statements.Update(ctx, r, r.GetStatement(), func(_, updated *reportv1.Statement) error { return Fits(updated, c) })
}

// items are the statements of a batch under their names.
func items(r *reportv1.BatchCreateStatementsRequest) ([]resource.Item[*reportv1.Statement], error) {
	out := make([]resource.Item[*reportv1.Statement], len(r.GetRequests()))
	for i, one := range r.GetRequests() {
		if one.GetParent() != r.GetParent() {
			return nil, fault.Invalid(fmt.Sprintf("requests[%d].parent", i), "PARENT_MISMATCH", "must be %q", r.GetParent())
		}
		out[i] = resource.Item[*reportv1.Statement]{
			Name: nameOf(r.GetParent(), one.GetStatement()), Message: one.GetStatement(), Acknowledge: one.GetAcknowledge(),
		}
	}
	return out, nil
}

func fitting(c *actionv1.Campaign) func(*reportv1.Statement) error {
	return func(m *reportv1.Statement) error { return Fits(m, c) }
}

// campaign is the campaign that the statements are about, or NOT_FOUND. A caller that has just created a campaign may state
// its figures at once: if something is missing, report first catches up with what was acknowledged before.
func (s *server) campaign(ctx context.Context, name string, requests ...*reportv1.CreateStatementRequest) (*actionv1.Campaign, error) {
	c, err := s.catalogue.Campaign(ctx, name)
	if err != nil && !absent(err) {
		return nil, err
	}
	for _, r := range requests {
		if indicatorOf(c, r.GetStatement().GetIndicator()) == nil {
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
