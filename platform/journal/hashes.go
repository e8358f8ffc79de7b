package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal/internal/tree"
)

// runLength bounds the hashes in a row. One row for each hash would cost the database more than the entries themselves.
// A row of a kilobyte is still stored inline, and little has to be read for one of its hashes.
const runLength = 32

// run is a row of hashes that follow each other in tlog's linear order.
type run struct {
	ID     int64  `db:"id"` // the place of the first
	Hashes []byte `db:"hashes"`
}

// runs returns the rows for the hashes by which a tree has grown. The hashes follow each other.
func runs(added []tree.Hash) [][]any {
	rows := make([][]any, 0, len(added)/runLength+1)
	for some := range slices.Chunk(added, runLength) {
		hashes := make([]byte, 0, len(some)*tlog.HashSize)
		for _, h := range some {
			hashes = append(hashes, h.Value[:]...)
		}
		rows = append(rows, []any{some[0].Index, hashes})
	}
	return rows
}

// at returns the hash at a place.
func (r run) at(place int64) (tlog.Hash, error) {
	first := (place - r.ID) * tlog.HashSize
	if place < r.ID || first >= int64(len(r.Hashes)) {
		return tlog.Hash{}, fmt.Errorf("load hash %d: it is not stored", place)
	}
	h, err := hash(r.Hashes[first:min(first+tlog.HashSize, int64(len(r.Hashes)))])
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("load hash %d: %w", place, err)
	}
	return h, nil
}

// storedHashes is a tlog.HashReader of the stored tree. It is used within one call.
type storedHashes struct {
	ctx  context.Context // tlog.HashReader takes none
	from database.Querier
}

// placesAtOnce is how many places a statement looks up. selectRuns has one text for any smaller number, so that it is
// prepared once.
const placesAtOnce = 10

// selectRuns finds, for each place, the run that begins at it or is the last to begin before it.
var selectRuns = func() string {
	parts := make([]string, placesAtOnce)
	for i := range parts {
		parts[i] = `SELECT id, hashes FROM (SELECT id, hashes FROM journal_hashes WHERE id <= $` + strconv.Itoa(i+1) + ` ORDER BY id DESC LIMIT 1) AS run`
	}
	return strings.Join(parts, " UNION ALL ")
}()

// ReadHashes reads the hashes at the given places of tlog's linear order. It returns an error if one is not stored.
func (s storedHashes) ReadHashes(places []int64) ([]tlog.Hash, error) {
	var found []run
	for some := range slices.Chunk(places, placesAtOnce) {
		more, err := database.All[run](s.ctx, s.from, selectRuns, padded(some)...)
		if err != nil {
			return nil, fmt.Errorf("load hashes: %w", err)
		}
		found = append(found, more...)
	}
	slices.SortFunc(found, func(a, b run) int { return cmp.Compare(a.ID, b.ID) })
	hashes := make([]tlog.Hash, len(places))
	for i, place := range places {
		after, _ := slices.BinarySearchFunc(found, place+1, func(r run, p int64) int { return cmp.Compare(r.ID, p) })
		if after == 0 {
			return nil, fmt.Errorf("load hash %d: it is not stored", place)
		}
		var err error
		if hashes[i], err = found[after-1].at(place); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// padded repeats the last place until the statement has all its arguments.
func padded(places []int64) []any {
	args := make([]any, placesAtOnce)
	for i := range args {
		args[i] = places[min(i, len(places)-1)]
	}
	return args
}

// hash converts b to a hash.
func hash(b []byte) (tlog.Hash, error) {
	if len(b) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("a hash has %d bytes, not %d", tlog.HashSize, len(b))
	}
	return tlog.Hash(b), nil
}
