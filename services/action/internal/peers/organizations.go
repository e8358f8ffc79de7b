package peers

import (
	"context"
	"fmt"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

// maxUnknown is how many unknown organizations of one request are reported individually. Each costs a call; 20 are
// enough for the typing errors in a sheet.
const maxUnknown = 20

// Approval is the status of an organization in the register.
type Approval int

const (
	// Unknown means that the organization is not in the register.
	Unknown Approval = iota
	// Registered means that the organization may not take part yet.
	Registered
	// Approved means that the organization may take part.
	Approved
)

// Organizations returns the status of organizations by their resource names. It makes one call for each 1,000
// organizations that are not cached. With more than 20 unknown organizations it fails with FAILED_PRECONDITION.
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
	organizations, unknown, err := client.Found(ctx, ask, maxUnknown, func(ctx context.Context, names []string) ([]*orgv1.Organization, error) {
		r, err := p.organizations.BatchGetOrganizations(ctx, &orgv1.BatchGetOrganizationsRequest{Names: names})
		return r.GetOrganizations(), err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask org for organizations: %w", err)
	case len(unknown) > maxUnknown:
		last := unknown[maxUnknown]
		return nil, fault.Precondition(last, "ORGANIZATIONS_UNKNOWN", "%s and at least %d more are not in the register", last, maxUnknown)
	}
	p.learn(subject, organizations, found)
	return found, nil
}

func (p *Peers) learn(subject string, organizations []*orgv1.Organization, found map[string]Approval) {
	for _, o := range organizations {
		found[o.GetName()] = Registered
		if o.GetState() == orgv1.Organization_APPROVED {
			found[o.GetName()] = Approved
			p.approved.Keep(seen{subject, o.GetName()}, struct{}{})
		}
	}
}
