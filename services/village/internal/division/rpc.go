package division

import (
	"context"
	"fmt"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.DivisionServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeDivisionServiceServer
	kit       *resource.Kit
	divisions *resource.Store[*villagev1.Division]
}

// Room returns the room that stores divisions and serves DivisionService.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, divisions *resource.Store[*villagev1.Division]) error {
		villagev1.RegisterDivisionServiceServer(k, &server{kit: k, divisions: divisions})
		return nil
	})
}

// ImportDivisions checks an edition, first by itself and then against the stored divisions, and writes the difference.
func (s *server) ImportDivisions(ctx context.Context, r *villagev1.ImportDivisionsRequest) (*villagev1.ImportDivisionsResponse, error) {
	e, err := readEdition(r)
	if err != nil {
		return nil, err
	}
	var diff difference
	before, err := s.kit.InTx(ctx, r, func(tx *resource.Tx) (err error) {
		diff, err = s.take(ctx, tx, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	if before != nil {
		return e.replayed(before)
	}
	return e.response(len(diff.created), len(diff.updated), len(diff.retired)), nil
}

// take adds the changes of an edition to tx. It serializes imports of the same province, because the order of editions
// and the parents are checked against rows that the import does not write.
func (s *server) take(ctx context.Context, tx *resource.Tx, e *edition) (difference, error) {
	for _, province := range e.provinces() {
		if err := tx.Serialize(NameOf(province)); err != nil {
			return difference{}, err
		}
	}
	stored, err := s.stored(ctx, e)
	if err != nil {
		return difference{}, err
	}
	if err := e.check(stored); err != nil {
		return difference{}, err
	}
	diff := e.compare(stored)
	enter := func(d *villagev1.Division) error {
		e.enter(d)
		return nil
	}
	for _, d := range diff.created {
		if _, err := s.divisions.CreateIn(tx, d.GetName(), d, enter); err != nil {
			return difference{}, err
		}
	}
	for _, changed := range [][]*villagev1.Division{diff.updated, diff.retired} {
		for _, d := range changed {
			if _, err := s.divisions.SaveIn(tx, stored[d.GetName()], d); err != nil {
				return difference{}, err
			}
		}
	}
	return diff, nil
}

// stored loads all stored divisions of the provinces in an edition.
func (s *server) stored(ctx context.Context, e *edition) (map[string]*villagev1.Division, error) {
	var names []string
	for _, province := range e.provinces() {
		some, err := database.All[string](ctx, s.kit.DB.Reader(),
			"SELECT name FROM divisions WHERE name >= $1 AND name < $2 ORDER BY name", NameOf(province), NameOf(province+":"))
		if err != nil {
			return nil, fmt.Errorf("list divisions of %s: %w", province, err)
		}
		names = append(names, some...)
	}
	return s.divisions.Peek(ctx, names...)
}

// response returns the counts of an import.
func (e *edition) response(created, updated, retired int) *villagev1.ImportDivisionsResponse {
	count := func(n int) int32 { return int32(n) } //nolint:gosec // a request holds at most 100,000 divisions
	return &villagev1.ImportDivisionsResponse{
		CreatedCount:   count(created),
		UpdatedCount:   count(updated),
		UnchangedCount: count(len(e.divisions) - created - updated),
		RetiredCount:   count(retired),
		Levels:         e.levels(),
	}
}

// replayed rebuilds the first response to a repeated request from the records that the request wrote.
func (e *edition) replayed(records []*journalv1.Record) (*villagev1.ImportDivisionsResponse, error) {
	var created, updated, gone int
	for _, r := range records {
		var d villagev1.Division
		if err := r.GetBody().UnmarshalTo(&d); err != nil {
			return nil, fmt.Errorf("replay import of %s: %w", r.GetResource(), err)
		}
		switch {
		case r.GetRevision() == 1:
			created++
		case retired(&d):
			gone++
		default:
			updated++
		}
	}
	return e.response(created, updated, gone), nil
}

// GetDivision also returns retired divisions.
func (s *server) GetDivision(ctx context.Context, r *villagev1.GetDivisionRequest) (*villagev1.Division, error) {
	return s.divisions.Get(ctx, r)
}

// BatchGetDivisions also returns retired divisions.
func (s *server) BatchGetDivisions(ctx context.Context, r *villagev1.BatchGetDivisionsRequest) (*villagev1.BatchGetDivisionsResponse, error) {
	return resource.BatchGet[*villagev1.BatchGetDivisionsResponse](ctx, s.divisions, r)
}

// ListDivisions also returns retired divisions, unless the filter contains `retired = false`.
func (s *server) ListDivisions(ctx context.Context, r *villagev1.ListDivisionsRequest) (*villagev1.ListDivisionsResponse, error) {
	return resource.Page[*villagev1.ListDivisionsResponse](ctx, s.divisions, r)
}
