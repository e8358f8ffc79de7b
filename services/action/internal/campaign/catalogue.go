package campaign

import (
	"context"

	"google.golang.org/grpc/codes"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
	"github.com/wancun/wancun/platform/resource"
)

// maxCatalogues is the maximum number of campaigns in the cache.
const maxCatalogues = 1_000

// Catalogue is a campaign, indexed for lookups. It is immutable.
type Catalogue struct {
	campaign   *actionv1.Campaign
	start, end day.Day
	actions    map[string]bool
	indicators map[string]*actionv1.Indicator
}

// NewCatalogue indexes a valid campaign. The caller must not change the campaign afterwards.
func NewCatalogue(c *actionv1.Campaign) *Catalogue {
	k := &Catalogue{campaign: c, end: day.Never, actions: idsOf(c.GetActions()), indicators: make(map[string]*actionv1.Indicator, len(c.GetIndicators()))}
	k.start, _ = day.Of(c.GetStartDate())
	if c.GetEndDate() != nil {
		k.end, _ = day.Of(c.GetEndDate())
	}
	for _, i := range c.GetIndicators() {
		k.indicators[i.GetId()] = i
	}
	return k
}

// Name returns the resource name of the campaign.
func (k *Catalogue) Name() string { return k.campaign.GetName() }

// Scope returns the resource name of the campaign's scope.
func (k *Catalogue) Scope() string { return k.campaign.GetScope() }

// Runs reports whether a day lies within the campaign's dates.
func (k *Catalogue) Runs(on day.Day) bool { return k.start <= on && on <= k.end }

// HasAction reports whether the campaign has an action with this id.
func (k *Catalogue) HasAction(id string) bool { return k.actions[id] }

// Indicator returns the indicator with this id, or nil if the campaign has none. The caller must not change it.
func (k *Catalogue) Indicator(id string) *actionv1.Indicator { return k.indicators[id] }

// ActionOf returns the action that an indicator is bound to, or "" if deliveries of any action may name the indicator.
func (k *Catalogue) ActionOf(i *actionv1.Indicator) string { return actionOf(i, k.actions) }

// Catalogues loads and caches the catalogues of campaigns.
type Catalogues struct {
	kit   *resource.Kit
	ready *recent.Answers[string, *Catalogue]
}

// NewCatalogues returns the catalogues of a service. The room of campaigns must be opened before the first call to
// them.
func NewCatalogues(k *resource.Kit) (*Catalogues, error) {
	ready, err := recent.New[string, *Catalogue](maxCatalogues, k.Clock)
	if err != nil {
		return nil, err
	}
	return &Catalogues{kit: k, ready: ready}, nil
}

// Of returns the catalogue of the campaign with this resource name, or NOT_FOUND.
func (c *Catalogues) Of(ctx context.Context, age recent.Age, name string) (*Catalogue, error) {
	return c.ready.Get(ctx, age, name, c.load)
}

// Known implements [resource.Parents]. It does not check the caller, since campaigns are public.
func (c *Catalogues) Known(ctx context.Context, names []string) (map[string]bool, error) {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		_, err := c.Of(ctx, recent.Kept, name)
		if absent, ok := fault.From(err); ok && absent.Code() == codes.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		known[name] = true
	}
	return known, nil
}

func (c *Catalogues) load(ctx context.Context, name string) (*Catalogue, error) {
	campaigns, err := resource.Opened[*actionv1.Campaign](c.kit)
	if err != nil {
		return nil, err
	}
	found, err := campaigns.Peek(ctx, name)
	if err != nil {
		return nil, err
	}
	m, ok := found[name]
	if !ok {
		return nil, fault.NotFound(name)
	}
	return NewCatalogue(m), nil
}
