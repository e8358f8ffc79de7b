package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal/internal/tree"
)

// Config says what to check. All fields but Known are required.
type Config struct {
	// Client reads the log. Its caller needs a role that may read entries.
	Client journalv1.JournalServiceClient
	// Log is the name of the log: "org" for `logs/org`.
	Log string
	// Key is the log's public key. Obtain it from somewhere else than the log's server. Its name is the log's origin.
	Key note.Verifier
	// Known are the signed texts of earlier checkpoints, which the log must still extend. Empty texts are ignored.
	Known []string
}

// Result is what was checked and found correct.
type Result struct {
	// Entries is how many entries were hashed into the tree, from the first.
	Entries int64
	// Checkpoints is how many stored checkpoints fit the tree.
	Checkpoints int64
	// Newest is the last of them. Keep it, and pass its note in Config.Known the next time.
	Newest *journalv1.Checkpoint
}

// Mismatch is the error that reports where a log differs from what was signed.
type Mismatch struct {
	// Log is the log's name as in Config.
	Log string
	// Position is the first entry that does not fit: it was changed, is missing, or is not covered by a valid
	// checkpoint.
	Position int64
	// Resource is the resource that the entry names; empty if the entry is missing or unreadable.
	Resource string
	// Reason is a clause that completes the message for a person.
	Reason string
}

// Error names the entry.
func (m *Mismatch) Error() string {
	if m.Resource == "" {
		return fmt.Sprintf("logs/%s: entry %d: %s", m.Log, m.Position, m.Reason)
	}
	return fmt.Sprintf("logs/%s: entry %d (%s): %s", m.Log, m.Position, m.Resource, m.Reason)
}

// Log checks a whole log, up to the last entry that is numbered when the check ends. It returns a *[Mismatch] if the
// log does not fit; any other error means that the check could not be made. The Result counts what was correct until
// then.
func Log(ctx context.Context, c Config) (Result, error) {
	a := &audit{Config: c, keys: note.VerifierList(c.Key)}
	for _, text := range c.Known {
		if text == "" {
			continue
		}
		known, err := a.open(&journalv1.Checkpoint{Note: text})
		if err != nil {
			return Result{}, fmt.Errorf("known checkpoint: %w", err)
		}
		a.demanded = append(a.demanded, known)
	}
	err := a.run(ctx)
	return a.result, err
}

// audit is a check in progress.
type audit struct {
	Config

	keys     note.Verifiers
	demanded []*signed // checkpoints that the tree must fit, besides the stored ones
	tree     tree.Tree
	next     *signed // the stored checkpoint over the entries being read; nil right after one has fit
	result   Result
}

// run reads the log once from its beginning. The log must reach the checkpoint that was newest when the check began.
func (a *audit) run(ctx context.Context) error {
	c, err := a.Client.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: a.name()})
	if f, ok := fault.From(err); ok && f.Code() == codes.NotFound && f.Resource() == a.name()+"/checkpoint" {
		return a.mismatch(1, "", "no checkpoint is stored, and every log begins with one")
	}
	if err != nil {
		return fmt.Errorf("get newest checkpoint: %w", err)
	}
	newest, bad := a.open(c)
	if bad == nil {
		a.demanded = append(a.demanded, newest)
	}
	for e, err := range a.entries(ctx, 0) {
		if err != nil {
			return err
		}
		if err := a.add(ctx, e); err != nil {
			return err
		}
	}
	if err := a.end(ctx); err != nil {
		return err
	}
	if bad != nil { // and the entries do not show where
		return a.mismatch(a.tree.Size()+1, "", "the newest checkpoint is not good: %v", bad)
	}
	if a.tree.Size() > 0 {
		return nil
	}
	if err := a.compare(ctx); err != nil {
		return err
	}
	a.result = Result{Checkpoints: 1, Newest: c}
	return nil
}

// name is the log's resource name.
func (a *audit) name() string { return "logs/" + a.Log }

// add appends the next entry and, if it is the last that a checkpoint covers, checks that checkpoint.
func (a *audit) add(ctx context.Context, e entry) error {
	if a.next == nil {
		if err := a.advance(ctx, e); err != nil {
			return err
		}
	}
	if e.position != a.tree.Size()+1 {
		return a.locate(ctx, a.result.Entries, a.next)
	}
	if err := a.tree.Append(e.leaf()); err != nil {
		return fmt.Errorf("entry %d: %w", e.position, err)
	}
	return a.compare(ctx)
}

// advance fetches the checkpoint that covers the entry after the last good one, which e should be.
func (a *audit) advance(ctx context.Context, e entry) error {
	want := a.tree.Size() + 1
	c, err := a.Client.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: a.name(), Size: want})
	if status.Code(err) == codes.OutOfRange {
		return a.mismatch(want, e.resource(), "no checkpoint covers it")
	}
	if err != nil {
		return fmt.Errorf("get checkpoint over %d: %w", want, err)
	}
	next, err := a.open(c)
	switch {
	case err != nil:
		return a.mismatch(want, e.resource(), "the checkpoint that should cover it is not good: %v", err)
	case next.size < want:
		return a.mismatch(want, e.resource(), "the checkpoint that should cover it covers only %d entries", next.size)
	}
	a.next = next
	return nil
}

// compare compares the root over all entries so far with the checkpoints of that size.
func (a *audit) compare(ctx context.Context) error {
	stored := a.next != nil && a.next.size == a.tree.Size()
	here := func(c *signed) bool { return c.size == a.tree.Size() }
	if !stored && !slices.ContainsFunc(a.demanded, here) {
		return nil
	}
	root, _, err := a.tree.Seal()
	if err != nil {
		return fmt.Errorf("entry %d: %w", a.tree.Size(), err)
	}
	if stored {
		if root != a.next.root {
			return a.locate(ctx, a.result.Entries, a.next)
		}
		a.result = Result{Entries: a.next.size, Checkpoints: a.result.Checkpoints + 1, Newest: a.next.checkpoint}
		a.next = nil
	}
	for _, c := range a.demanded {
		if here(c) && root != c.root {
			return a.locate(ctx, 0, c)
		}
	}
	return nil
}

// end checks that the log is as long as it should be.
func (a *audit) end(ctx context.Context) error {
	if a.next != nil {
		return a.locate(ctx, a.result.Entries, a.next)
	}
	for _, c := range a.demanded {
		if c.size > a.tree.Size() {
			return a.missing(a.tree.Size()+1, c)
		}
	}
	return nil
}

func (a *audit) mismatch(position int64, resource, format string, args ...any) *Mismatch {
	return &Mismatch{Log: a.Log, Position: position, Resource: resource, Reason: fmt.Sprintf(format, args...)}
}

// signed is a checkpoint whose signature was verified.
type signed struct {
	size       int64
	root       tlog.Hash
	checkpoint *journalv1.Checkpoint
}

// open verifies a checkpoint. Its other fields must repeat the signed text, unless they are all empty.
func (a *audit) open(c *journalv1.Checkpoint) (*signed, error) {
	n, err := note.Open([]byte(c.GetNote()), a.keys)
	var others *note.UnverifiedNoteError
	if errors.As(err, &others) && len(others.Note.UnverifiedSigs) > 0 {
		by := others.Note.UnverifiedSigs[0]
		return nil, fmt.Errorf("it is signed with the key %s+%08x, and the one given is %s+%08x",
			by.Name, by.Hash, a.Key.Name(), a.Key.KeyHash())
	}
	if err != nil {
		return nil, fmt.Errorf("verify signature: %w", err)
	}
	origin, size, root, err := tree.Parse(n.Text)
	if err != nil {
		return nil, err
	}
	if origin != a.Key.Name() {
		return nil, fmt.Errorf("its origin is %q, not %q", origin, a.Key.Name())
	}
	stated := c.GetLog() != "" || c.GetSize() != 0 || len(c.GetRoot()) != 0
	if stated && (c.GetLog() != a.name() || c.GetSize() != size || !bytes.Equal(c.GetRoot(), root[:])) {
		return nil, errors.New("its fields do not repeat its signed text")
	}
	return &signed{size: size, root: root, checkpoint: c}, nil
}
