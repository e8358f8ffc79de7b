package demo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

const (
	inFlight  = 32          // concurrent calls, enough to fill the batches of a group commit
	chunk     = 500         // deliveries per call
	reportLag = time.Minute // how long report may take to apply the campaign
)

// Clients are the clients of the suite to load.
type Clients struct {
	Divisions     villagev1.DivisionServiceClient
	Villages      villagev1.VillageServiceClient
	Scopes        villagev1.ScopeServiceClient
	Needs         villagev1.NeedServiceClient
	Organizations orgv1.OrganizationServiceClient
	PartyBranches orgv1.PartyBranchServiceClient
	Campaigns     actionv1.CampaignServiceClient
	Deliveries    actionv1.DeliveryServiceClient
	Statements    reportv1.StatementServiceClient
}

// Person adds a person's credentials to the context of a call.
type Person func(ctx context.Context) context.Context

// Options configure Load. Both fields are required.
type Options struct {
	// As returns a person with the given grants. Load calls it once for each subject, before it writes anything.
	As func(subject string, grants ...*accessv1.Grant) (Person, error)
	// Progress receives the number of finished steps, the number of all steps and the name of the current stage. Its
	// calls do not overlap. If the demonstration is loaded already, it is not called.
	Progress func(done, total int, label string)
}

// Load loads the demonstration under the identities of the campaign's people: the province registers, a registrar
// approves, the action office records, each village's team submits its needs and answers its deliveries, and its county
// verifies the needs.
//
// The statements are loaded last, so a suite that has statements has the whole demonstration, and Load does nothing.
// After an interruption, call Load again: as long as the suite remembers the request ids, nothing is written twice.
func Load(ctx context.Context, clients Clients, options Options) error {
	data, err := Generate()
	if err != nil {
		return err
	}
	loaded, err := isLoaded(ctx, clients, data)
	if err != nil || loaded {
		return err
	}
	l := &loader{Clients: clients, data: data, progress: &progress{report: options.Progress, total: data.calls()}}
	if l.people, err = gather(options, data); err != nil {
		return err
	}
	for _, stage := range []struct {
		label string
		run   func(context.Context) error
	}{
		{"divisions", l.divisions},
		{"villages", l.villages},
		{"scope", l.scope},
		{"organizations", l.organizations},
		{"approvals", l.approvals},
		{"party branches", l.partyBranches},
		{"campaign", l.campaign},
		{"needs", l.needs},
		{"verification of needs", l.needSteps},
		{"deliveries", l.deliveries},
		{"answers of the villages", l.answers},
		{"statements", l.statements},
	} {
		l.progress.stage(stage.label)
		if err := stage.run(ctx); err != nil {
			return fmt.Errorf("load the demonstration's %s: %w", stage.label, err)
		}
	}
	return nil
}

func isLoaded(ctx context.Context, clients Clients, data Data) (bool, error) {
	page, err := clients.Statements.ListStatements(ctx, &reportv1.ListStatementsRequest{
		Parent: data.Statements.GetParent(), PageSize: 1,
	})
	if status.Code(err) == codes.NotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the demonstration: %w", err)
	}
	return len(page.GetStatements()) > 0, nil
}

// loader sends the data, one stage after the other.
type loader struct {
	Clients
	data     Data
	people   people
	progress *progress
}

// each calls a function for every element, up to inFlight at once. After an error it starts no further calls.
func each[E any](ctx context.Context, p *progress, elements []E, call func(ctx context.Context, e E) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	for _, e := range elements {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			defer p.step()
			return call(ctx, e)
		})
	}
	return group.Wait()
}

// one counts a step and returns the error of its call.
func (l *loader) one(err error) error {
	l.progress.step()
	return err
}

func (l *loader) divisions(ctx context.Context) error {
	_, err := l.Divisions.ImportDivisions(l.people.province(ctx), l.data.Divisions)
	return l.one(err)
}

func (l *loader) villages(ctx context.Context) error {
	_, err := l.Villages.BatchCreateVillages(l.people.province(ctx), l.data.Villages)
	return l.one(err)
}

func (l *loader) scope(ctx context.Context) error {
	_, err := l.Scopes.CreateScope(l.people.province(ctx), l.data.Scope)
	return l.one(unlessThere(err))
}

func (l *loader) organizations(ctx context.Context) error {
	_, err := l.Organizations.BatchCreateOrganizations(l.people.province(ctx), l.data.Organizations)
	return l.one(err)
}

func (l *loader) approvals(ctx context.Context) error {
	return each(l.people.registrar(ctx), l.progress, l.data.Organizations.GetRequests(),
		func(ctx context.Context, r *orgv1.CreateOrganizationRequest) error {
			name := "organizations/" + r.GetOrganization().GetUscc()
			_, err := l.Organizations.ApproveOrganization(ctx, &orgv1.ApproveOrganizationRequest{
				Name: name, RequestId: identity("approve", name),
			})
			return err
		})
}

func (l *loader) partyBranches(ctx context.Context) error {
	_, err := l.PartyBranches.BatchCreatePartyBranches(l.people.province(ctx), l.data.PartyBranches)
	return l.one(err)
}

func (l *loader) campaign(ctx context.Context) error {
	_, err := l.Campaigns.CreateCampaign(l.people.province(ctx), l.data.Campaign)
	return l.one(unlessThere(err))
}

func (l *loader) deliveries(ctx context.Context) error {
	ctx = l.people.office(ctx)
	for part := range slices.Chunk(l.data.Deliveries, chunk) {
		r := &actionv1.BatchCreateDeliveriesRequest{
			Parent:        part[0].Request.GetParent(),
			RequestId:     identity("deliveries", part[0].Request.GetDeliveryId()),
			SkipIdentical: true,
			Acknowledge:   []string{"LIKELY_DUPLICATE"}, // among thousands of examples some are alike
		}
		for _, d := range part {
			r.Requests = append(r.Requests, d.Request)
		}
		_, err := l.Deliveries.BatchCreateDeliveries(ctx, r)
		if err := l.one(err); err != nil {
			return err
		}
	}
	return nil
}

// statements retries until report has applied the campaign from action's journal; until then the statements are
// refused.
func (l *loader) statements(ctx context.Context) error {
	wait := retry.WithMaxDuration(reportLag, retry.WithCappedDuration(time.Second, retry.NewFibonacci(20*time.Millisecond)))
	return l.one(retry.Do(l.people.province(ctx), wait, func(ctx context.Context) error {
		_, err := l.Statements.BatchCreateStatements(ctx, l.data.Statements)
		if status.Code(err) == codes.FailedPrecondition {
			return retry.RetryableError(err)
		}
		return err
	}))
}

// unlessThere ignores ALREADY_EXISTS: an earlier, interrupted load has created the resource.
func unlessThere(err error) error {
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// progress counts steps and reports them.
type progress struct {
	report func(done, total int, label string)
	total  int

	mu    sync.Mutex
	done  int
	label string
}

func (p *progress) stage(label string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.label = label
	p.report(p.done, p.total, p.label)
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.report(p.done, p.total, p.label)
}
