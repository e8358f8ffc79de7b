package tree

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree is a growing Merkle tree. It holds only the right edge: the roots of the complete subtrees from which all later
// hashes are computed, at most one for each power of two. The zero value is the empty tree. It is not safe for
// concurrent use.
type Tree struct {
	size  int64
	edge  map[int64]tlog.Hash
	added []Hash
}

// Hash is a node of the tree at its place in tlog's linear order of storage.
type Hash struct {
	Index int64
	Value tlog.Hash
}

// Load returns the tree over the first size leaves. It reads the edge from stored with a single call. It returns an
// error if the edge does not lead to root: growing another tree than the signed one would sign a second history.
func Load(size int64, root tlog.Hash, stored tlog.HashReader) (*Tree, error) {
	t := &Tree{size: size, edge: make(map[int64]tlog.Hash)}
	found, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := stored.ReadHashes(indexes)
		for i := range hashes {
			t.edge[indexes[i]] = hashes[i]
		}
		return hashes, err
	}))
	if err != nil {
		return nil, fmt.Errorf("read the edge of a tree of %d: %w", size, err)
	}
	if found != root {
		return nil, fmt.Errorf("the stored hashes of %d entries lead to root %v, but %v was signed", size, found, root)
	}
	return t, nil
}

// Size returns the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Append adds a leaf.
func (t *Tree) Append(leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		return fmt.Errorf("append leaf %d: %w", t.size, err)
	}
	if t.edge == nil {
		t.edge = make(map[int64]tlog.Hash)
	}
	first := tlog.StoredHashIndex(0, t.size)
	for i, h := range hashes {
		t.edge[first+int64(i)] = h
		t.added = append(t.added, Hash{Index: first + int64(i), Value: h})
	}
	t.size++
	return nil
}

// Seal returns the root over all leaves, and the hashes added since Load or the last Seal, in the order of their
// indexes. It forgets every hash that no later one will need.
func (t *Tree) Seal() (root tlog.Hash, added []Hash, err error) {
	edge := make(map[int64]tlog.Hash)
	root, err = tlog.TreeHash(t.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := t.ReadHashes(indexes)
		for i := range hashes {
			edge[indexes[i]] = hashes[i]
		}
		return hashes, err
	}))
	if err != nil {
		return tlog.Hash{}, nil, fmt.Errorf("root of a tree of %d: %w", t.size, err)
	}
	added, t.added, t.edge = t.added, nil, edge
	return root, added, nil
}

// ReadHashes implements tlog.HashReader on the tree's own edge.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := t.edge[index]
		if !ok {
			return nil, fmt.Errorf("hash %d is not on the edge of the tree", index)
		}
		hashes[i] = h
	}
	return hashes, nil
}
