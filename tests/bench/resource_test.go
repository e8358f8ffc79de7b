package bench

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/action"
)

// BenchmarkCreateResource creates deliveries with only the resource kit, with request ids and until all are numbered:
// BenchmarkRecordDelivery without the network, the interceptors and action's rules.
func BenchmarkCreateResource(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		compare(b, "writes/s", createsInKit(b, empty()), plainInserts(b, empty()))
	})
}

func createsInKit(b *testing.B, target string) rate {
	b.Helper()
	k, err := resource.Open(b.Context(), deps(b, "action", migrated(b, target, action.Service().Migrate)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { closed(b, k.Close) })
	store, err := resource.NewStore(b.Context(), k, deliveryKind())
	if err != nil {
		b.Fatal(err)
	}
	ctx := access.With(b.Context(), access.Principal{Subject: "office", Grants: []*accessv1.Grant{{Role: accessv1.Grant_PROVINCE_ADMIN}}})

	var made atomic.Int64
	create := func(int) error {
		d := delivery(int(made.Add(1)))
		_, err := store.Create(ctx, &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: d, RequestId: uuid.NewString()}, nil)
		return err
	}
	return func(b *testing.B) float64 {
		return closedLoop(b, writers, create, func() error { return k.Journal().Sync(b.Context()) })
	}
}

// oneCampaign knows the campaign without a query, as action does.
type oneCampaign struct{}

// Known implements [resource.Parents].
func (oneCampaign) Known(context.Context, []string) (map[string]bool, error) {
	return map[string]bool{campaign: true}, nil
}

// deliveryKind declares the table of deliveries as action does.
func deliveryKind() resource.Kind[*actionv1.Delivery] {
	type d = *actionv1.Delivery
	return resource.Kind[d]{Table: "deliveries", Parents: oneCampaign{}, Columns: []resource.Column[d]{
		resource.Text("campaign", func(d) string { return campaign }),
		resource.Text("action", d.GetAction),
		resource.Text("indicator", d.GetIndicator),
		resource.Text("organization", d.GetOrganization),
		resource.Text("uscc", func(m d) string { return access.OrganizationOf(m.GetOrganization()) }).Organization(),
		resource.Text("village", d.GetVillage),
		resource.Text("area", func(m d) string { return access.AreaOf(m.GetVillage()) }).Area(),
		resource.Date("delivery_date", d.GetDeliveryDate),
		resource.Enum("measure", d.GetMeasure),
		resource.Enum("state", d.GetState),
	}, Likeness: &resource.Likeness[d]{Of: func(m d) []string {
		return []string{m.GetOrganization(), m.GetVillage(), m.GetIndicator(), m.GetName()} // each delivery has a different key
	}}}
}
