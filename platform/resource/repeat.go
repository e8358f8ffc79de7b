package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"

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
