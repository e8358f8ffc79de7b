package tree_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wancun/wancun/platform/journal/internal/tree"
)

// store keeps every hash, as the database does.
type store map[int64]tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		h, ok := s[i]
		if !ok {
			return nil, fmt.Errorf("no hash %d", i)
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

func leaf(n int64) tlog.Hash { return tlog.RecordHash(fmt.Append(nil, n)) }

func TestATreeGrownInBatchesIsTheTreeGrownAtOnce(t *testing.T) {
	reference := store{}
	roots := map[int64]tlog.Hash{}
	for n := range int64(300) {
		hashes, err := tlog.StoredHashesForRecordHash(n, leaf(n), reference)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range hashes {
			reference[tlog.StoredHashIndex(0, n)+int64(i)] = h
		}
		if roots[n+1], err = tlog.TreeHash(n+1, reference); err != nil {
			t.Fatal(err)
		}
	}

	dice := rand.New(rand.NewPCG(1, 2))
	stored := store{}
	var grown tree.Tree
	for grown.Size() < 300 {
		for range min(1+dice.Int64N(9), 300-grown.Size()) {
			if err := grown.Append(leaf(grown.Size())); err != nil {
				t.Fatal(err)
			}
		}
		root, added, err := grown.Seal()
		if err != nil || root != roots[grown.Size()] {
			t.Fatalf("root of %d = %v, %v, want %v", grown.Size(), root, err, roots[grown.Size()])
		}
		for _, h := range added {
			if int64(len(stored)) != h.Index || h.Value != reference[h.Index] {
				t.Fatalf("hash %d is out of order or wrong", h.Index)
			}
			stored[h.Index] = h.Value
		}
		if dice.IntN(2) == 0 { // continue from what is stored
			loaded, err := tree.Load(grown.Size(), root, stored)
			if err != nil {
				t.Fatal(err)
			}
			grown = *loaded
		}
	}
	if int64(len(stored)) != tlog.StoredHashCount(300) {
		t.Errorf("%d hashes stored, want %d", len(stored), tlog.StoredHashCount(300))
	}
}

func TestATreeIsNotGrownFromOtherHashesThanWereSigned(t *testing.T) {
	var grown tree.Tree
	stored := store{}
	for n := range int64(7) {
		if err := grown.Append(leaf(n)); err != nil {
			t.Fatal(err)
		}
	}
	root, added, err := grown.Seal()
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range added {
		stored[h.Index] = h.Value
	}
	if _, err := tree.Load(7, root, stored); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Load(6, root, stored); err == nil {
		t.Error("Load accepts another size")
	}
	edge := tlog.StoredHashIndex(0, 6)
	stored[edge] = leaf(99)
	if _, err := tree.Load(7, root, stored); err == nil {
		t.Error("Load accepts a changed hash")
	}
	delete(stored, edge)
	if _, err := tree.Load(7, root, stored); err == nil {
		t.Error("Load accepts a missing hash")
	}
}

func TestTextIsReadAsItIsWritten(t *testing.T) {
	for _, size := range []int64{0, 1, 1 << 40} {
		text := tree.Text("wancun/test", size, leaf(size))
		origin, got, root, err := tree.Parse(text)
		if err != nil || origin != "wancun/test" || got != size || root != leaf(size) {
			t.Errorf("Parse(%q) = %q, %d, %v, %v", text, origin, got, root, err)
		}
		if _, _, _, err := tree.Parse(text + "an extension\n"); err != nil {
			t.Errorf("Parse refuses an extension line: %v", err)
		}
	}
}

func TestParseRefusesWhatIsNoCheckpoint(t *testing.T) {
	root := leaf(1).String()
	for _, text := range []string{
		"",
		"wancun/test\n",
		"wancun/test\n1\n",
		"wancun/test\n1\n" + root, // no end of line
		"\n1\n" + root + "\n",
		"wancun/test\n-1\n" + root + "\n",
		"wancun/test\n01\n" + root + "\n",
		"wancun/test\n+1\n" + root + "\n",
		"wancun/test\n9223372036854775808\n" + root + "\n",
		"wancun/test\n1\n" + strings.TrimSuffix(root, "=") + "\n",
		"wancun/test\n1\n" + base64.StdEncoding.EncodeToString([]byte("short")) + "\n",
	} {
		if origin, size, _, err := tree.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %q, %d, want an error", text, origin, size)
		}
	}
}
