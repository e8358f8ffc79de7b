package client

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/fault"
)

// atOnce is how many names one call of a BatchGet method takes.
const atOnce = 1000

// Found asks a BatchGet method which of the names exist, with a call for each 1,000. Such a method answers for all of its
// names or refuses them with NOT_FOUND for the first that does not exist, so each unknown name costs a call. Found
// returns the unknown names, and stops early when there are more than most of them. Any other error is the method's own.
func Found[M any](ctx context.Context, names []string, most int, batchGet func(context.Context, []string) ([]M, error)) (found []M, unknown []string, err error) {
	for chunk := range slices.Chunk(names, atOnce) {
		for len(chunk) > 0 {
			got, err := batchGet(ctx, chunk)
			if err == nil {
				found = append(found, got...)
				break
			}
			missing, ok := notFound(err)
			at := slices.Index(chunk, missing)
			if !ok || at < 0 {
				return nil, nil, err
			}
			if unknown = append(unknown, missing); len(unknown) > most {
				return found, unknown, nil
			}
			chunk = slices.Concat(chunk[:at], chunk[at+1:])
		}
	}
	return found, unknown, nil
}

// notFound returns the resource that a peer did not find.
func notFound(err error) (string, bool) {
	e, ok := fault.From(err)
	if !ok || e.Code() != codes.NotFound {
		return "", false
	}
	return e.Resource(), true
}
