package rollup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// homes finds where a fact is counted.
type homes struct{ moves *place.Successions }

// of returns the place that took over a place, and the village of a fact there, or 0 if the place is not a village.
func (h homes) of(at int64) (home, village int64, err error) {
	home = at
	if !h.moves.Empty() {
		home, err = strconv.ParseInt(place.Pad(h.moves.Current(strconv.FormatInt(at, 10))), 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("find the successor of %d: %w", at, err)
		}
	}
	switch {
	case isVillage(home):
		return home, home, nil
	case isVillage(at):
		return home, at, nil
	default:
		return home, 0, nil
	}
}

func isVillage(at int64) bool { return at%int64(facts.Townships) != 0 }

// settle sets the home and the village of a fact.
func (h homes) settle(f *fact) (err error) {
	f.Home, f.Village, err = h.of(f.Place)
	return err
}

// homesCache keeps the successions of one state of the database.
type homesCache struct {
	mu     sync.Mutex
	places int64 // the position of the last succession
	homes  homes
}

// at returns the homes after the succession at a position, or without successions for the position 0. The transaction
// of the caller has locked a cursor, so that the successions do not change before it ends.
func (c *homesCache) at(ctx context.Context, tx database.Tx, places int64) (homes, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.places != places {
		moves, err := Successions(ctx, tx, nil)
		if err != nil {
			return homes{}, err
		}
		c.places, c.homes = places, homes{moves}
	}
	return c.homes, nil
}

// settled is a place of facts with their home and village.
type settled struct {
	Place   int64 `db:"place"`
	Home    int64 `db:"home"`
	Village int64 `db:"village"`
}

// unsettled returns the places whose facts have another home or village than they should, with the right ones. It scans
// all facts.
func (h homes) unsettled(ctx context.Context, q database.Querier) ([]settled, error) {
	stored, err := database.All[settled](ctx, q, "SELECT DISTINCT place, home, village FROM facts ORDER BY place")
	if err != nil {
		return nil, fmt.Errorf("load the places of facts: %w", err)
	}
	var wrong []settled
	for _, s := range stored {
		due := settled{Place: s.Place}
		if due.Home, due.Village, err = h.of(s.Place); err != nil {
			return nil, err
		}
		if due != s {
			wrong = append(wrong, due)
		}
	}
	return slices.Compact(wrong), nil
}

// placesAtOnce is the maximum number of places whose facts are moved together.
const placesAtOnce = 200

// moveFacts moves the facts of all places whose home has changed, and their part of the rollups.
func moveFacts(ctx context.Context, w *work) error {
	wrong, err := w.homes.unsettled(ctx, w)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(wrong, placesAtOnce) {
		d := newDelta()
		if err := w.readd(ctx, d, part); err != nil {
			return err
		}
		if err := d.write(ctx, w); err != nil {
			return err
		}
		if err := rehome(ctx, w, part); err != nil {
			return err
		}
	}
	return nil
}

// readd subtracts the open facts of some places at their old homes and adds them at the new ones.
func (w *work) readd(ctx context.Context, d delta, places []settled) error {
	rows, err := database.All[fact](ctx, w, "SELECT "+factColumns+" FROM facts WHERE until = "+strconv.FormatInt(facts.Open, 10)+
		" AND place IN "+placeList(places))
	if err != nil {
		return fmt.Errorf("load facts that move: %w", err)
	}
	byName := map[string][]fact{}
	for _, f := range rows {
		byName[f.Name] = append(byName[f.Name], f)
	}
	if err := w.complete(ctx, byName); err != nil {
		return err
	}
	for _, of := range byName {
		for _, f := range of {
			d.add(w, f, -1)
			if err := w.homes.settle(&f); err != nil {
				return err
			}
			d.add(w, f, 1)
		}
	}
	return nil
}

// rehome stores the homes of all facts of some places.
func rehome(ctx context.Context, tx database.Tx, places []settled) error {
	var home, village strings.Builder
	for _, s := range places {
		fmt.Fprintf(&home, " WHEN %d THEN %d", s.Place, s.Home)
		fmt.Fprintf(&village, " WHEN %d THEN %d", s.Place, s.Village)
	}
	_, err := tx.ExecContext(ctx, "UPDATE facts SET home = CASE place"+home.String()+" END, village = CASE place"+village.String()+
		" END WHERE place IN "+placeList(places))
	if err != nil {
		return fmt.Errorf("store the homes of facts: %w", err)
	}
	return nil
}

// resettle stores the homes of all facts, without changing the rollups.
func (s *Store) resettle(ctx context.Context, tx database.Tx) error {
	moves, err := Successions(ctx, tx, nil)
	if err != nil {
		return err
	}
	wrong, err := homes{moves}.unsettled(ctx, tx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(wrong, placesAtOnce) {
		if err := rehome(ctx, tx, part); err != nil {
			return err
		}
	}
	return nil
}

func placeList(places []settled) string {
	codes := make([]int64, len(places))
	for i, s := range places {
		codes[i] = s.Place
	}
	return list(codes)
}
