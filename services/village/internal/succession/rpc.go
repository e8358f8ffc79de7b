package succession

import (
	"context"
	"fmt"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.SuccessionServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeSuccessionServiceServer
	successions *resource.Store[*villagev1.Succession]
	divisions   *resource.Store[*villagev1.Division]
	kit         *resource.Kit
}

// Room returns the room that stores successions and serves SuccessionService. It calls follow with the source of the
// successions that grants and figures follow.
func Room(follow func(context.Context, access.Source) error) resource.Room {
	return resource.RoomOf(kind(), func(ctx context.Context, k *resource.Kit, successions *resource.Store[*villagev1.Succession]) error {
		divisions, err := resource.Opened[*villagev1.Division](k)
		if err != nil {
			return err
		}
		s := &server{successions: successions, divisions: divisions, kit: k}
		villagev1.RegisterSuccessionServiceServer(k, s)
		return follow(ctx, s.moves)
	})
}

// CreateSuccession applies Record.
func (s *server) CreateSuccession(ctx context.Context, r *villagev1.CreateSuccessionRequest) (*villagev1.Succession, error) {
	return s.successions.Create(ctx, r, resource.Together(s.record))
}

// BatchCreateSuccessions applies Record to each row, with all rows of the batch in force.
func (s *server) BatchCreateSuccessions(ctx context.Context, r *villagev1.BatchCreateSuccessionsRequest) (*villagev1.BatchCreateSuccessionsResponse, error) {
	return resource.BatchCreate[*villagev1.BatchCreateSuccessionsResponse](ctx, s.successions, r, resource.Together(s.record))
}

func (s *server) record(ctx context.Context, added []*villagev1.Succession) (func(*villagev1.Succession) error, error) {
	w, err := s.world(ctx, added...)
	if err != nil {
		return nil, err
	}
	return w.Record, nil
}

// GetSuccession also returns withdrawn successions.
func (s *server) GetSuccession(ctx context.Context, r *villagev1.GetSuccessionRequest) (*villagev1.Succession, error) {
	return s.successions.Get(ctx, r)
}

// ListSuccessions reads the generation before the page, so that a concurrent write is visible as a later generation.
func (s *server) ListSuccessions(ctx context.Context, r *villagev1.ListSuccessionsRequest) (*villagev1.ListSuccessionsResponse, error) {
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

// UpdateSuccession applies Record to the updated succession.
func (s *server) UpdateSuccession(ctx context.Context, r *villagev1.UpdateSuccessionRequest) (*villagev1.Succession, error) {
	return s.successions.Update(ctx, r, func(_, updated *villagev1.Succession) error {
		w, err := s.world(ctx, updated)
		if err != nil {
			return err
		}
		return w.Record(updated)
	})
}

// world gathers what the rules need if these successions are added or changed.
func (s *server) world(ctx context.Context, given ...*villagev1.Succession) (*world, error) {
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
	return newWorld(divisions, moves, access.From(ctx)), nil
}

func (s *server) inForce(ctx context.Context) ([]*villagev1.Succession, error) {
	return s.successions.Where(ctx, s.kit.DB.Reader(), "withdrawn", false)
}

// generation returns the sum of all revisions, which grows with every write.
func (s *server) generation(ctx context.Context) (int64, error) {
	g, err := database.One[int64](ctx, s.kit.DB.Reader(), "SELECT CAST(COALESCE(SUM(revision), 0) AS BIGINT) FROM successions")
	if err != nil {
		return 0, fmt.Errorf("read generation of successions: %w", err)
	}
	return g, nil
}

// moves returns the successions that grants and figures follow, and their generation. It returns no moves if the
// generation is the known one.
func (s *server) moves(ctx context.Context, known int64) ([]place.Move, int64, error) {
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
