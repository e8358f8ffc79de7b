package peers

import (
	"context"
	"fmt"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

const (
	// maxDivisions is the maximum number of cached divisions. A province has about 150 that register organizations.
	maxDivisions = 10_000
	// maxUnknown is how many unknown divisions one request may name. Each costs a call.
	maxUnknown = 20
)

// Standing is the status of a division in the imported editions.
type Standing int

const (
	// Unknown means that the division is in no edition.
	Unknown Standing = iota
	// Retired means that the division is in an edition, but not in the newest.
	Retired
	// Current means that the division is in use.
	Current
)

// Peers calls village. It is safe for concurrent use.
type Peers struct {
	divisions villagev1.DivisionServiceClient
	current   *recent.Answers[string, struct{}]
}

// New returns the peers behind the client, which must send the originating caller's token along. Cached answers expire
// by clock.
func New(divisions villagev1.DivisionServiceClient, clock func() time.Time) (*Peers, error) {
	current, err := recent.New[string, struct{}](maxDivisions, clock)
	if err != nil {
		return nil, err
	}
	return &Peers{divisions: divisions, current: current}, nil
}

// Divisions returns the standings of divisions by their resource names. It makes one call for each 1,000 divisions that
// are not cached. With more than 20 unknown divisions it fails with FAILED_PRECONDITION.
func (p *Peers) Divisions(ctx context.Context, names ...string) (map[string]Standing, error) {
	found := make(map[string]Standing, len(names))
	var ask []string
	for _, name := range names {
		if _, twice := found[name]; twice {
			continue
		}
		if p.current.Has(name) {
			found[name] = Current
			continue
		}
		found[name] = Unknown
		ask = append(ask, name)
	}
	divisions, unknown, err := client.Found(ctx, ask, maxUnknown, func(ctx context.Context, names []string) ([]*villagev1.Division, error) {
		r, err := p.divisions.BatchGetDivisions(ctx, &villagev1.BatchGetDivisionsRequest{Names: names})
		return r.GetDivisions(), err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask village for divisions: %w", err)
	case len(unknown) > maxUnknown:
		last := unknown[maxUnknown]
		return nil, fault.Precondition(last, "DIVISIONS_UNKNOWN", "%s and at least %d more are in no imported edition", last, maxUnknown)
	}
	for _, d := range divisions {
		found[d.GetName()] = Retired
		if d.GetValidTo() == nil {
			found[d.GetName()] = Current
			p.current.Keep(d.GetName(), struct{}{})
		}
	}
	return found, nil
}
