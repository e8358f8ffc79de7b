package cluster

import (
	"context"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// The village service keeps the successions. Every other process follows it, and extends the grants of callers by them.
func TestAGrantFollowsASuccessionInEveryProcess(t *testing.T) {
	dir := t.TempDir()
	cluster := startCluster(t, append([]string{"--no-demo", "--data", dir}, servers(t)...)...)
	now := serving(t, cluster, dir)
	s := suite.Join(t, now.Gateway, dir, now.Issuer)
	world.Build(t, s)
	delivery := world.Record(t, s, "recorder", "before", world.Operations(world.Village, 3))
	world.Bulletin(t, s, world.Campaign) // so that report has the delivery
	world.BecomesCity(t, s)

	token := s.Token(t, "clerk of the city", suite.In(world.City, accessv1.Grant_COUNTY_CLERK))
	clerk := suite.WithToken(t.Context(), token)
	pasts := map[string]func(grpc.ClientConnInterface) bool{
		services.Org:     func(c grpc.ClientConnInterface) bool { return readsContact(clerk, c) },
		services.Village: func(c grpc.ClientConnInterface) bool { return readsVillage(clerk, c) },
		services.Action:  func(c grpc.ClientConnInterface) bool { return readsDelivery(clerk, c, delivery.GetName()) },
		services.Report:  func(c grpc.ClientConnInterface) bool { return readsEntry(clerk, c, delivery.GetName()) },
	}
	each := func(check func(r replica, past func() bool)) {
		for service, past := range pasts {
			for _, r := range now.of(service) {
				conn := dial(t, dir, r)
				check(r, func() bool { return past(conn) })
			}
		}
	}
	each(func(r replica, past func() bool) {
		if past() {
			t.Errorf("%s shows the county's past to the clerk of the city without a succession", r.Name)
		}
	})
	world.Succeed(t, s)
	each(func(r replica, past func() bool) {
		suite.Eventually(t, r.Name+" to show the county's past to the clerk of the city", past)
	})
}

// readsContact reports whether the caller sees the contact of an organization of the county.
func readsContact(ctx context.Context, conn grpc.ClientConnInterface) bool {
	o, err := orgv1.NewOrganizationServiceClient(conn).GetOrganization(ctx,
		&orgv1.GetOrganizationRequest{Name: "organizations/" + world.Association})
	return err == nil && o.GetContact() != nil
}

func readsVillage(ctx context.Context, conn grpc.ClientConnInterface) bool {
	_, err := villagev1.NewVillageServiceClient(conn).GetVillage(ctx, &villagev1.GetVillageRequest{Name: "villages/" + world.Village})
	return err == nil
}

func readsDelivery(ctx context.Context, conn grpc.ClientConnInterface, name string) bool {
	_, err := actionv1.NewDeliveryServiceClient(conn).GetDelivery(ctx, &actionv1.GetDeliveryRequest{Name: name})
	return err == nil
}

// readsEntry reports whether report names the delivery behind the figure that counts it.
func readsEntry(ctx context.Context, conn grpc.ClientConnInterface, name string) bool {
	page, err := reportv1.NewBulletinServiceClient(conn).ListFigureEntries(ctx,
		&reportv1.ListFigureEntriesRequest{Parent: world.Campaign + "/figures/BR03"})
	return err == nil && len(page.GetEntries()) == 1 && page.GetEntries()[0].GetDelivery() == name
}

// dial connects to a replica as the gateway does, until the end of the test.
func dial(t *testing.T, dir string, r replica) *grpc.ClientConn {
	t.Helper()
	gateway := identity(t, filepath.Join(dir, "tls"), "gateway")
	conn, err := client.Dial("passthrough:///"+r.Address, client.Config{TLS: gateway.Client(r.Part)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing is left to lose
	return conn
}
