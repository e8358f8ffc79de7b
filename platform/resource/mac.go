package resource

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"log/slog"
	"sync"

	"github.com/wancun/wancun/platform/fault"
)

// macSize is the number of bytes of the HMAC-SHA256 that a row stores: 128 bits, the minimum that RFC 2104 recommends.
const macSize = 16

// rowMAC authenticates rows. The MAC in the column `mac` can only be computed with the row key, which is stored outside
// the database. It covers the table and the columns that all kinds share. It does not cover the declared columns,
// because an older replica knows fewer of them; they are derived from the body, and [Store.decode] computes them again.
type rowMAC struct {
	hashes sync.Pool
}

// newRowMAC returns the MAC for a key of 32 bytes.
func newRowMAC(key []byte) (*rowMAC, error) {
	if len(key) != sha256.Size {
		return nil, fmt.Errorf("row key has %d bytes, want %d", len(key), sha256.Size)
	}
	return &rowMAC{hashes: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}, nil
}

// of computes the MAC of a row. Each part has a fixed length or is preceded by its length, so that different rows have
// different encodings.
func (k *rowMAC) of(table string, r *row) []byte {
	fixed := make([]byte, 0, 128)
	fixed = append(fixed, 1) // the version of this layout
	fixed = appendText(fixed, table)
	fixed = appendText(fixed, r.Name)
	for _, n := range [...]int64{r.Revision, r.CreateUs, r.UpdateUs, int64(len(r.Body))} {
		fixed = binary.BigEndian.AppendUint64(fixed, uint64(n)) //nolint:gosec // its bits, whatever they mean
	}
	if r.Personal == nil {
		fixed = append(fixed, 0)
	} else {
		fixed = append(fixed, 1)
	}
	h := k.hashes.Get().(hash.Hash)
	h.Reset()
	for _, part := range [...][]byte{fixed, r.Body, r.Personal} {
		h.Write(part)
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	k.hashes.Put(h)
	return sum[:macSize:macSize]
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// fits reports whether the row has the right MAC.
func (k *rowMAC) fits(table string, r *row) bool {
	return hmac.Equal(k.of(table, r), r.MAC)
}

// altered logs that a row is not as the suite wrote it, and returns DATA_LOSS.
func (k *Kit) altered(table, name, why string) error {
	k.alterations.Error("a row is not as the suite wrote it; calls that need it are refused",
		slog.String("table", table), slog.String("resource", name), slog.String("reason", why))
	return fault.DataLoss(name, "ROW_ALTERED",
		"%q is not stored as the suite wrote it and cannot be used until an operator has looked at the database", name)
}
