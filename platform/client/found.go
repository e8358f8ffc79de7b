package client

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/fault"
)

// atOnce is the greatest number of names in one call of a BatchGet method.
const atOnce = 1000

// Found calls a BatchGet method to find out which of the names exist, 1,000 names at a time. Such a method returns all
// of its names, or NOT_FOUND for the first that does not exist, so each unknown name costs a call. Found returns the
// unknown names, and stops once there are more than most. Any other error of the method is returned as it is.
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

// notFound returns the name of the resource that a peer did not find.
func notFound(err error) (string, bool) {
	e, ok := fault.From(err)
	if !ok || e.Code() != codes.NotFound {
		return "", false
	}
	return e.Resource(), true
}
