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
	// maxDivisions bounds what is kept: a province has some 150 divisions that register organizations.
	maxDivisions = 10_000
	// maxUnknown is how many unknown divisions one request may name; each costs a call.
	maxUnknown = 20
)

// Standing is what the editions say of a division.
type Standing int

const (
	// Unknown divisions are in no edition.
	Unknown Standing = iota
	// Retired divisions are in an edition, and no longer in the newest.
	Retired
	// Current divisions are in use.
	Current
)

// Peers asks village. It is safe for concurrent use.
type Peers struct {
	divisions villagev1.DivisionServiceClient
	current   *recent.Answers[string, struct{}]
}

// New returns the peers behind the client, which sends the originating caller's token along. What is kept grows old by
// clock.
func New(divisions villagev1.DivisionServiceClient, clock func() time.Time) (*Peers, error) {
	current, err := recent.New[string, struct{}](maxDivisions, clock)
	if err != nil {
		return nil, err
	}
	return &Peers{divisions: divisions, current: current}, nil
}

// Divisions returns what the editions say of divisions, by their names, with a call for each 1,000 that it has to ask for.
// A request with more than 20 unknown ones is FAILED_PRECONDITION as a whole.
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
