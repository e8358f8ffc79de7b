package succession

import (
	"context"
	"fmt"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.SuccessionServiceServer = (*Server)(nil)

// Server answers SuccessionService.
type Server struct {
	villagev1.UnsafeSuccessionServiceServer
	successions *resource.Store[*villagev1.Succession]
	divisions   *resource.Store[*villagev1.Division]
	db          *database.DB
	now         func() time.Time
}

// New opens the store of successions and returns the handlers.
func New(ctx context.Context, k *resource.Kit, db *database.DB, divisions *resource.Store[*villagev1.Division], now func() time.Time) (*Server, error) {
	successions, err := resource.NewStore(ctx, k, kind())
	if err != nil {
		return nil, err
	}
	return &Server{successions: successions, divisions: divisions, db: db, now: now}, nil
}

// CreateSuccession applies Record.
func (s *Server) CreateSuccession(ctx context.Context, r *villagev1.CreateSuccessionRequest) (*villagev1.Succession, error) {
	return s.successions.Create(ctx, r, resource.Together(s.record))
}

// BatchCreateSuccessions applies Record to each row with all rows of the batch in force.
func (s *Server) BatchCreateSuccessions(ctx context.Context, r *villagev1.BatchCreateSuccessionsRequest) (*villagev1.BatchCreateSuccessionsResponse, error) {
	return resource.BatchCreate[*villagev1.BatchCreateSuccessionsResponse](ctx, s.successions, r, resource.Together(s.record))
}

func (s *Server) record(ctx context.Context, added []*villagev1.Succession) (func(*villagev1.Succession) error, error) {
	w, err := s.world(ctx, added...)
	if err != nil {
		return nil, err
	}
	return w.Record, nil
}

// GetSuccession also returns withdrawn successions.
func (s *Server) GetSuccession(ctx context.Context, r *villagev1.GetSuccessionRequest) (*villagev1.Succession, error) {
	return s.successions.Get(ctx, r)
}

// ListSuccessions reads the generation first: what is written meanwhile shows as a later one.
func (s *Server) ListSuccessions(ctx context.Context, r *villagev1.ListSuccessionsRequest) (*villagev1.ListSuccessionsResponse, error) {
	generation, err := s.generation(ctx)
	if err != nil {
		return nil, err
	}
	page, err := resource.Page[*villagev1.ListSuccessionsResponse](ctx, s.successions, r)
	if err != nil {
		return nil, err
	}
	page.Generation = generation
	return page, nil
}

// UpdateSuccession applies Record to the result.
func (s *Server) UpdateSuccession(ctx context.Context, r *villagev1.UpdateSuccessionRequest) (*villagev1.Succession, error) {
	return s.successions.Update(ctx, r, func(_, updated *villagev1.Succession) error {
		w, err := s.world(ctx, updated)
		if err != nil {
			return err
		}
		return w.Record(updated)
	})
}

// world gathers what the rules ask about when these successions are added or changed.
func (s *Server) world(ctx context.Context, given ...*villagev1.Succession) (*world, error) {
	names := make([]string, 0, 2*len(given))
	var moves []place.Move
	changed := make(map[string]bool, len(given))
	for _, g := range given {
		names = append(names, g.GetPredecessor(), g.GetSuccessor())
		changed[g.GetPredecessor()] = true
		if !g.GetWithdrawn() {
			moves = append(moves, move(g))
		}
	}
	divisions, err := s.divisions.Peek(ctx, names...)
	if err != nil {
		return nil, err
	}
	stored, err := s.inForce(ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range stored {
		if !changed[other.GetPredecessor()] {
			moves = append(moves, move(other))
		}
	}
	return newWorld(divisions, moves, day.Today(s.now()), access.From(ctx)), nil
}

func (s *Server) inForce(ctx context.Context) ([]*villagev1.Succession, error) {
	return s.successions.Where(ctx, s.db.Reader(), "withdrawn", false)
}

// generation is the sum of all revisions.
func (s *Server) generation(ctx context.Context) (int64, error) {
	g, err := database.One[int64](ctx, s.db.Reader(), "SELECT CAST(COALESCE(SUM(revision), 0) AS BIGINT) FROM successions")
	if err != nil {
		return 0, fmt.Errorf("read generation of successions: %w", err)
	}
	return g, nil
}

// Moves are the successions that grants and figures follow, with their generation; none if that is the one already known.
func (s *Server) Moves(ctx context.Context, known int64) ([]place.Move, int64, error) {
	generation, err := s.generation(ctx)
	if err != nil || generation == known {
		return nil, known, err
	}
	found, err := s.inForce(ctx)
	if err != nil {
		return nil, known, err
	}
	moves := make([]place.Move, len(found))
	for i, one := range found {
		moves[i] = move(one)
	}
	return moves, generation, nil
}
