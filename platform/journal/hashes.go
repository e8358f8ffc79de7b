package journal

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wancun/wancun/platform/database"
)

// storedHashes is the tlog.HashReader of the stored tree. It lives within one call.
type storedHashes struct {
	ctx  context.Context // tlog.HashReader takes none
	from database.Querier
}

// selectHashes reads hashesAtOnce hashes. It has one text for any number, so that it is prepared once; that many are the edge
// of any tree that can be built, and nearly every proof.
const (
	hashesAtOnce = 40
	selectHashes = `SELECT id, hash FROM journal_hashes WHERE id IN (
		$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
		$21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40)`
)

// node is a stored hash.
type node struct {
	ID   int64  `db:"id"`
	Hash []byte `db:"hash"`
}

// ReadHashes reads the hashes at the given places of tlog's linear order; one that is not stored is an error.
func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make(map[int64]tlog.Hash, len(indexes))
	for chunk := range slices.Chunk(indexes, hashesAtOnce) {
		nodes, err := database.All[node](s.ctx, s.from, selectHashes, padded(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("load hashes: %w", err)
		}
		for _, n := range nodes {
			if found[n.ID], err = hash(n.Hash); err != nil {
				return nil, fmt.Errorf("load hash %d: %w", n.ID, err)
			}
		}
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := found[index]
		if !ok {
			return nil, fmt.Errorf("load hash %d: it is not stored", index)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// padded repeats the last index until the statement is full.
func padded(indexes []int64) []any {
	args := make([]any, hashesAtOnce)
	for i := range args {
		args[i] = indexes[min(i, len(indexes)-1)]
	}
	return args
}

// hash is b as a hash.
func hash(b []byte) (tlog.Hash, error) {
	if len(b) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("a hash has %d bytes, not %d", tlog.HashSize, len(b))
	}
	return tlog.Hash(b), nil
}
