package verify

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/tree"
)

// Extends checks that a log still begins with the entries that an earlier checkpoint covers. It returns a *[Mismatch]
// if it does not: entries are missing or were replaced. It takes a few calls, whatever the length of the log. It trusts
// the log's server and does not verify signatures; [Log] does. If known is empty it returns nil.
func Extends(ctx context.Context, client journalv1.JournalServiceClient, log, known string) error {
	if known == "" {
		return nil
	}
	knownSize, knownRoot, err := stated(known)
	if err != nil {
		return fmt.Errorf("known checkpoint of logs/%s: %w", log, err)
	}
	c, err := client.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/" + log})
	if err != nil {
		return fmt.Errorf("get newest checkpoint of logs/%s: %w", log, err)
	}
	size, root, err := stated(c.GetNote())
	if err != nil {
		return fmt.Errorf("newest checkpoint of logs/%s: %w", log, err)
	}
	changed := &Mismatch{
		Log: log, Position: 1,
		Reason: fmt.Sprintf("the first %d entries are not those that a checkpoint seen before covers", knownSize),
	}
	switch {
	case size < knownSize:
		return &Mismatch{
			Log: log, Position: size + 1,
			Reason: fmt.Sprintf("the log ends at entry %d, and a checkpoint seen before covers %d entries", size, knownSize),
		}
	case knownSize == 0:
		return nil
	case size == knownSize:
		if root != knownRoot {
			return changed
		}
		return nil
	}
	p, err := client.GetConsistencyProof(ctx, &journalv1.GetConsistencyProofRequest{Log: "logs/" + log, OldSize: knownSize, Size: size})
	if err != nil {
		return fmt.Errorf("get consistency proof of logs/%s: %w", log, err)
	}
	proof := make(tlog.TreeProof, len(p.GetHashes()))
	for i, h := range p.GetHashes() {
		if len(h) != tlog.HashSize {
			return changed
		}
		proof[i] = tlog.Hash(h)
	}
	if tlog.CheckTree(proof, size, root, knownSize, knownRoot) != nil {
		return changed
	}
	return nil
}

// ExtendsIn is Extends for a log in a database. The service of the log need not run.
func ExtendsIn(ctx context.Context, db *database.DB, log, known string) error {
	return Extends(ctx, journal.StoredClient(log, db), log, known)
}

// stated reads the size and the root of a signed checkpoint without verifying it.
func stated(signed string) (size int64, root tlog.Hash, err error) {
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open([]byte(signed), note.VerifierList()); !errors.As(err, &unverified) {
		return 0, tlog.Hash{}, fmt.Errorf("read checkpoint: %w", err)
	}
	_, size, root, err = tree.Parse(unverified.Note.Text)
	return size, root, err
}
