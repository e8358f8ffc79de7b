package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// requestInProgress is the reason for a request whose id another request is using.
const requestInProgress = "REQUEST_IN_PROGRESS"

// errOutOfReach means that a repeated request wrote, or skipped, a row that the caller's present grants do not cover.
// Only once handles it.
var errOutOfReach = errors.New("the row is out of the caller's reach")

// once repeats the first answer to a request that was already applied, if the caller's present grants cover the rows of
// that answer; otherwise it answers as to a new request. It tries the request first, and looks for an earlier one only
// if nothing was written. A repeated request never writes: its row in journal_requests exists, or nothing is left to
// change. A new request therefore needs no extra read.
func once[T any](
	ctx context.Context, k *Kit, r Request, do func() (T, error), replay func([]*journalv1.Record) (T, error),
) (T, error) {
	out, err := do()
	wrote := err == nil
	if errors.Is(err, errNothingWritten) {
		err = nil
	}
	if wrote || r.GetRequestId() == "" || validateOnly(r) {
		return out, err
	}
	first, found, rerr := k.repeated(ctx, r)
	if rerr != nil {
		var none T
		return none, cmp.Or(idTaken(rerr), errors.Join(err, rerr))
	}
	if !found {
		return out, err
	}
	rerr = k.withinReach(ctx, first)
	if rerr == nil {
		var again T
		if again, rerr = replay(first); rerr == nil {
			return again, nil
		}
	}
	var none T
	switch f, refused := fault.From(err); {
	case !errors.Is(rerr, errOutOfReach):
		return none, rerr
	case refused && f.Reason() == requestInProgress:
		return none, fault.Denied("OUTSIDE_AREA", "what this request wrote lies outside the caller's area or organization")
	default:
		return out, err
	}
}

// idTaken returns err if it means that another request has the id, and otherwise nil.
func idTaken(err error) error {
	if f, ok := fault.From(err); ok && f.Code() == codes.AlreadyExists {
		return err
	}
	return nil
}

// repeated returns the records of a request that was applied before, and whether it was.
func (k *Kit) repeated(ctx context.Context, r Request) ([]*journalv1.Record, bool, error) {
	digest, err := k.digest(access.Method(ctx), r)
	if err != nil {
		return nil, false, err
	}
	return k.journal.Replay(ctx, access.From(ctx).Subject, r.GetRequestId(), digest)
}

// withinReach returns errOutOfReach unless the caller's present grants cover all rows that a request wrote.
func (k *Kit) withinReach(ctx context.Context, records []*journalv1.Record) error {
	names := map[string][]string{}
	for _, r := range records {
		kind := r.GetBody().GetTypeUrl()
		names[kind] = append(names[kind], r.GetResource())
	}
	for kind, written := range names {
		store := k.storeOf(kind)
		if store == nil {
			return fmt.Errorf("repeat request: no store keeps %s", kind)
		}
		if covered, err := store.coversAll(ctx, access.From(ctx), written); err != nil || !covered {
			return cmp.Or(err, errOutOfReach)
		}
	}
	return nil
}

// answer returns what the caller may see of a written message.
func (s *Store[M]) answer(ctx context.Context, m M, err error) (M, error) {
	if err != nil && !errors.Is(err, errNothingWritten) {
		return s.none(), err
	}
	if shown := s.show(ctx, access.From(ctx), m); shown != nil {
		return s.none(), shown
	}
	return m, err
}

// replayed returns a function that answers a request that wrote one resource and was applied before.
func (s *Store[M]) replayed(ctx context.Context) func([]*journalv1.Record) (M, error) {
	return func(records []*journalv1.Record) (M, error) {
		found, err := s.Recall(ctx, records)
		if err != nil {
			return s.none(), err
		}
		if len(found) != 1 {
			return s.none(), fmt.Errorf("replay request: it wrote %d of %s, want 1", len(found), s.kind.Table)
		}
		return found[0], nil
	}
}

// Recall rebuilds what records of this kind wrote, as the writer received it: the body from the journal, the personal
// fields and the creation time from the row.
func (s *Store[M]) Recall(ctx context.Context, records []*journalv1.Record) ([]M, error) {
	names := make([]string, len(records))
	for i, r := range records {
		names[i] = r.GetResource()
	}
	rows, err := s.loadMany(ctx, names)
	if err != nil {
		return nil, err
	}
	var out, present []M // as written, and the same rows as they are now
	for _, r := range records {
		if string(r.GetBody().MessageName()) != string(s.blank.ProtoReflect().Descriptor().FullName()) {
			continue
		}
		m := s.fresh()
		if err := proto.Unmarshal(r.GetBody().GetValue(), m); err != nil {
			return nil, fmt.Errorf("decode journal entry of %s: %w", r.GetResource(), err)
		}
		row := rows[r.GetResource()]
		for _, f := range s.shape.personal {
			if p := row.message.ProtoReflect(); p.IsValid() && p.Has(f.field) {
				m.ProtoReflect().Set(f.field, p.Get(f.field))
			}
		}
		s.stamp(m, r.GetResource(), r.GetRevision(), row.created, r.GetTime().AsTime())
		out, present = append(out, m), append(present, row.message)
	}
	// The row's present place decides what the caller may see, not its place at the time of the write.
	places, err := s.placesOf(ctx, present...)
	if err != nil {
		return nil, err
	}
	for i, m := range out {
		s.showAt(places[i], access.From(ctx), m)
	}
	return out, nil
}

// replayedBatch answers a batch that was applied before, with what it wrote and what it skipped.
func (s *Store[M]) replayedBatch(ctx context.Context, items []item[M], records []*journalv1.Record) (batch[M], error) {
	written, err := s.Recall(ctx, records)
	if err != nil {
		return batch[M]{}, err
	}
	byName := make(map[string]M, len(written))
	for _, m := range written {
		byName[s.nameOf(m)] = m
	}
	var passed []string
	for _, it := range items {
		if _, ok := byName[it.name]; !ok {
			passed = append(passed, it.name)
		}
	}
	stood, err := s.Peek(ctx, passed...)
	if err != nil {
		return batch[M]{}, err
	}
	if covered, err := s.coversAll(ctx, access.From(ctx), slices.Collect(maps.Keys(stood))); err != nil || !covered {
		return batch[M]{}, cmp.Or(err, errOutOfReach)
	}
	if err := s.show(ctx, access.From(ctx), slices.Collect(maps.Values(stood))...); err != nil {
		return batch[M]{}, err
	}
	var out batch[M]
	for _, it := range items {
		if m, ok := byName[it.name]; ok {
			out.items = append(out.items, m)
			out.created++
		} else if m, ok := stood[it.name]; ok {
			out.items = append(out.items, m)
			out.unchanged++
		}
	}
	if len(out.items) != len(items) { // the service chose the names, so only the written resources are known
		return batch[M]{items: written, created: int32(len(written))}, nil //nolint:gosec // bounded by the request
	}
	return out, nil
}
