package e2e

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// rewrite changes the message in a row's body and leaves everything else of the row as it is.
func rewrite[M proto.Message](t *testing.T, s *suite.Suite, service, table, name string, m M, edit func(M)) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.Dir, service+".db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is left to lose
	var body []byte
	if err := db.QueryRowContext(t.Context(), "SELECT body FROM "+table+" WHERE name = ?", name).Scan(&body); err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(body, m); err != nil {
		t.Fatal(err)
	}
	edit(m)
	if body, err = proto.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE "+table+" SET body = ? WHERE name = ?", body, name); err != nil {
		t.Fatal(err)
	}
}

// wantAltered checks that a call was refused because of the row of a name.
func wantAltered(t *testing.T, what string, err error, name string) {
	t.Helper()
	f, ok := fault.From(err)
	if !ok || f.Code() != codes.DataLoss || f.Reason() != "ROW_ALTERED" || f.Resource() != name {
		t.Errorf("%s: %v, want DATA_LOSS ROW_ALTERED of %s", what, err, name)
	}
}

func TestAFigureForgedInAStoppedSuiteIsNotConfirmed(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	honest := world.Record(t, s, "office", "honest", world.Operations(world.Village, 3))
	forged := world.Record(t, s, "office", "forged", world.Operations(world.Village, 2))
	s.Stop(t)
	rewrite(t, s, "action", "deliveries", forged.GetName(), &actionv1.Delivery{}, func(d *actionv1.Delivery) { d.Quantity = 1_048_575 })

	s = s.Again(t)
	deliveries := actionv1.NewDeliveryServiceClient(s.Conn)
	team := s.As(t, "village", world.Team(world.Village))
	_, err := deliveries.GetDelivery(team, &actionv1.GetDeliveryRequest{Name: forged.GetName()})
	wantAltered(t, "get", err, forged.GetName())
	_, err = deliveries.ListDeliveries(team, &actionv1.ListDeliveriesRequest{Parent: world.Campaign})
	wantAltered(t, "list", err, forged.GetName())
	_, err = deliveries.ConfirmDelivery(team, &actionv1.ConfirmDeliveryRequest{Name: forged.GetName()})
	wantAltered(t, "confirm", err, forged.GetName())
	over := desk{t, s, s.Token(t, "village", world.Team(world.Village))}
	over.refused(http.StatusInternalServerError, "ROW_ALTERED", http.MethodPost, "/v1/"+forged.GetName()+":confirm", &accessv1.Grant{})

	if _, err := deliveries.ConfirmDelivery(team, &actionv1.ConfirmDeliveryRequest{Name: honest.GetName()}); err != nil {
		t.Errorf("confirm another delivery: %v", err)
	}
	for _, f := range world.Bulletin(t, s, world.Campaign).GetFigures() {
		if n := f.GetConfirmed().GetValue(); n > 3 {
			t.Errorf("%s: %d are confirmed, of which only 3 were", f.GetIndicator(), n)
		}
	}
}

func TestAnOrganizationInsertedAsApprovedTakesNoPart(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	s.Stop(t)
	const forged = "53430000MJJ000039T" // registered by world.Build, and not approved
	name := "organizations/" + forged
	change(t, s, "org", "DELETE FROM organizations WHERE name = ?", name)
	change(t, s, "org", fmt.Sprintf(`INSERT INTO organizations (name, revision, create_us, update_us, body, personal, mac, uscc, display_name, type, level, division, area, state)
		SELECT '%s', revision, create_us, update_us, body, personal, mac, '%s', display_name, type, level, division, area, state
		FROM organizations WHERE name = 'organizations/%s'`, name, forged, world.Association))
	rewrite(t, s, "org", "organizations", name, &orgv1.Organization{}, func(o *orgv1.Organization) { o.Uscc, o.Name = forged, name })

	s = s.Again(t)
	office := s.As(t, "office", suite.Everywhere(accessv1.Role_ACTION_OFFICE))
	_, err := orgv1.NewOrganizationServiceClient(s.Conn).GetOrganization(office, &orgv1.GetOrganizationRequest{Name: name})
	wantAltered(t, "get", err, name)
	d := world.Operations(world.Village, 1)
	d.Organization = name
	_, err = actionv1.NewDeliveryServiceClient(s.Conn).CreateDelivery(office, &actionv1.CreateDeliveryRequest{Parent: world.Campaign, Delivery: d})
	wantAltered(t, "record a delivery of it", err, name)
}
