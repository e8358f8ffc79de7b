package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// entry is an entry as the server sent it.
type entry struct {
	position int64
	record   []byte
}

// leaf returns the hash of the bytes that were sent.
func (e entry) leaf() tlog.Hash { return tlog.RecordHash(e.record) }

// resource returns the resource that the record names. A damaged record is decoded as far as possible; the name comes
// first.
func (e entry) resource() string {
	var r journalv1.Record
	if err := proto.Unmarshal(e.record, &r); err != nil && r.GetResource() == "" {
		return ""
	}
	return r.GetResource()
}

// entries reads the log after a position, up to its end at that time.
func (a *audit) entries(ctx context.Context, after int64) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := a.Client.Read(ctx, &journalv1.ReadRequest{Log: a.name(), After: after})
		for err == nil {
			var r *journalv1.ReadResponse
			if r, err = stream.Recv(); err != nil {
				break
			}
			for _, e := range r.GetEntries() {
				if !yield(entry{position: e.GetPosition(), record: e.GetRecord()}, nil) {
					return
				}
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(entry{}, fmt.Errorf("read entries: %w", err))
		}
	}
}

// locate reads the entries after a position again, because they do not lead to the root of c. It returns a Mismatch
// with the first entry that is missing or that the server cannot prove to be in the tree of c.
func (a *audit) locate(ctx context.Context, after int64, c *signed) error {
	want := after + 1
	for e, err := range a.entries(ctx, after) {
		switch {
		case err != nil:
			return err
		case want > c.size:
			return a.mismatch(after+1, "", "the entries %d to %d are not what was signed", after+1, c.size)
		case e.position != want:
			return a.missing(want, c)
		}
		if err := a.prove(ctx, e, c); err != nil {
			return err
		}
		want++
	}
	if want <= c.size {
		return a.missing(want, c)
	}
	return a.mismatch(after+1, "", "the entries %d to %d are not what was signed", after+1, c.size)
}

func (a *audit) missing(position int64, c *signed) error {
	return a.mismatch(position, "", "it is missing: a signed checkpoint covers %d entries", c.size)
}

// prove returns a Mismatch unless e is in the tree of c.
func (a *audit) prove(ctx context.Context, e entry, c *signed) error {
	p, err := a.Client.GetInclusionProof(ctx, &journalv1.GetInclusionProofRequest{Log: a.name(), Position: e.position, Size: c.size})
	switch status.Code(err) {
	case codes.OK:
	case codes.Canceled, codes.DeadlineExceeded, codes.Unavailable, codes.PermissionDenied, codes.Unauthenticated:
		return fmt.Errorf("get proof of entry %d: %w", e.position, err)
	default:
		return a.mismatch(e.position, e.resource(), "the server cannot prove that it is in the log: %v", err)
	}
	if included(p, e.leaf(), e.position, c) {
		return nil
	}
	if len(p.GetLeaf()) == tlog.HashSize && included(p, tlog.Hash(p.GetLeaf()), e.position, c) {
		return a.mismatch(e.position, e.resource(), "its record is not the one that was signed")
	}
	return a.mismatch(e.position, e.resource(),
		"one of the entries %d to %d is not what was signed, and the stored hashes were changed too", e.position, c.size)
}

// included reports whether the proof leads from the leaf to the root of c.
func included(p *journalv1.InclusionProof, leaf tlog.Hash, position int64, c *signed) bool {
	proof := make(tlog.RecordProof, len(p.GetHashes()))
	for i, h := range p.GetHashes() {
		if len(h) != tlog.HashSize {
			return false
		}
		proof[i] = tlog.Hash(h)
	}
	return tlog.CheckRecord(proof, c.size, c.root, position-1, leaf) == nil
}
