package division

import (
	"context"
	"fmt"
	"strings"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// LookupDivision finds only current divisions. If several match, it returns all of them as candidates.
func (s *server) LookupDivision(ctx context.Context, r *villagev1.LookupDivisionRequest) (*villagev1.LookupDivisionResponse, error) {
	names, err := s.bearers(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("look up division: %w", err)
	}
	if len(names) == 0 {
		return nil, s.nowhere(ctx, r)
	}
	found, err := s.divisions.BatchGet(ctx, &villagev1.BatchGetDivisionsRequest{Names: names})
	if err != nil {
		return nil, err
	}
	if len(found) == 1 {
		return &villagev1.LookupDivisionResponse{Match: found[0]}, nil
	}
	return s.candidates(ctx, found)
}

// nowhere returns the error of a lookup without a match. It refuses a division above the county level, except a
// prefecture without counties, whose townships lie directly under it.
func (s *server) nowhere(ctx context.Context, r *villagev1.LookupDivisionRequest) error {
	county := r.GetCounty()
	known, err := s.divisions.Known(ctx, []string{county})
	if err != nil {
		return err
	}
	if !known[county] {
		return fault.NotFound(county)
	}
	if LevelOf(strings.TrimPrefix(county, NameOf(""))) < villagev1.Division_COUNTY {
		below, err := database.All[string](ctx, s.kit.DB.Reader(),
			"SELECT name FROM divisions WHERE name > $1 AND name < $2 AND NOT retired ORDER BY name LIMIT 1", county, endOf(county))
		if err != nil {
			return fmt.Errorf("look up townships of %s: %w", county, err)
		}
		if len(below) == 0 {
			return fault.Invalid("county", "NOT_A_COUNTY", "must be a county, which %s is not", county)
		}
	}
	if r.GetTownship() != "" {
		return fault.NothingFound("no village is named %s in the township %s of %s", r.GetDisplayName(), r.GetTownship(), county)
	}
	return fault.NothingFound("no village is named %s in %s", r.GetDisplayName(), county)
}

// endOf returns a string that sorts after the name of every division in a county.
func endOf(county string) string { return strings.TrimSuffix(county, "000000") + ":" }

// bearers returns the names of the current villages with a display name in a county, or only in its townships of the
// given name.
func (s *server) bearers(ctx context.Context, r *villagev1.LookupDivisionRequest) ([]string, error) {
	const villages = `SELECT name FROM divisions
		WHERE display_name = $1 AND level = 5 AND NOT retired AND name > $2 AND name < $3`
	const inTownship = ` AND parent IN (SELECT name FROM divisions
		WHERE display_name = $4 AND level = 4 AND NOT retired AND name > $2 AND name < $3)`
	const ordered = ` ORDER BY name`
	county, end := r.GetCounty(), endOf(r.GetCounty())
	if r.GetTownship() == "" {
		return database.All[string](ctx, s.kit.DB.Reader(), villages+ordered, r.GetDisplayName(), county, end)
	}
	return database.All[string](ctx, s.kit.DB.Reader(), villages+inTownship+ordered, r.GetDisplayName(), county, end, r.GetTownship())
}

// candidates returns divisions of the same name together with their townships.
func (s *server) candidates(ctx context.Context, found []*villagev1.Division) (*villagev1.LookupDivisionResponse, error) {
	townships := make([]string, len(found))
	for i, d := range found {
		townships[i] = d.GetParent()
	}
	above, err := s.divisions.BatchGet(ctx, &villagev1.BatchGetDivisionsRequest{Names: townships})
	if err != nil {
		return nil, err
	}
	out := &villagev1.LookupDivisionResponse{Candidates: make([]*villagev1.DivisionCandidate, len(found))}
	for i, d := range found {
		out.Candidates[i] = &villagev1.DivisionCandidate{Division: d, Township: above[i]}
	}
	return out, nil
}
