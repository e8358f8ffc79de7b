package peers

import (
	"context"
	"fmt"
	"slices"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/action/internal/recent"
)

// atOnce is how many organizations one call may ask for.
const atOnce = 1000

// maxUnknown is how many unknown organizations one request is told of, each at the price of a call: enough for the slips
// in a sheet.
const maxUnknown = 20

// Approval is how an organization stands in the register.
type Approval int

const (
	// Unknown organizations are not in the register.
	Unknown Approval = iota
	// Registered organizations may not take part yet.
	Registered
	// Approved organizations take part.
	Approved
)

// Organizations tells how organizations stand, by their names, with a call for each 1,000 that it has to ask for. A
// request with more than 20 unknown ones is FAILED_PRECONDITION as a whole.
func (p *Peers) Organizations(ctx context.Context, age recent.Age, names ...string) (map[string]Approval, error) {
	subject := access.From(ctx).Subject
	found := make(map[string]Approval, len(names))
	var ask []string
	for _, name := range names {
		if _, twice := found[name]; twice {
			continue
		}
		if age == recent.Kept && p.approved.Has(seen{subject, name}) {
			found[name] = Approved
			continue
		}
		found[name] = Unknown
		ask = append(ask, name)
	}
	unknown := 0
	for chunk := range slices.Chunk(ask, atOnce) {
		if err := p.askOrganizations(ctx, chunk, found, &unknown); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// askOrganizations fills in what the org service says of names. It answers for all or none, so whoever it does not find
// is left out of the next attempt.
func (p *Peers) askOrganizations(ctx context.Context, names []string, found map[string]Approval, unknown *int) error {
	for len(names) > 0 {
		r, err := p.organizations.BatchGetOrganizations(ctx, &orgv1.BatchGetOrganizationsRequest{Names: names})
		if err == nil {
			p.learn(ctx, r.GetOrganizations(), found)
			return nil
		}
		missing, ok := notFound(err)
		at := slices.Index(names, missing)
		if !ok || at < 0 {
			return fmt.Errorf("ask org for organizations: %w", err)
		}
		*unknown++
		if *unknown > maxUnknown {
			return fault.Precondition(missing, "ORGANIZATIONS_UNKNOWN", "%s and at least %d more are not in the register", missing, maxUnknown)
		}
		names = slices.Concat(names[:at], names[at+1:])
	}
	return nil
}

func (p *Peers) learn(ctx context.Context, organizations []*orgv1.Organization, found map[string]Approval) {
	subject := access.From(ctx).Subject
	for _, o := range organizations {
		found[o.GetName()] = Registered
		if o.GetState() == orgv1.Organization_APPROVED {
			found[o.GetName()] = Approved
			p.approved.Keep(seen{subject, o.GetName()}, struct{}{})
		}
	}
}
