package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// rewrite changes the message in a row's body and nothing else in the row.
func rewrite[M proto.Message](t *testing.T, s *suite.Suite, service, table, name string, m M, edit func(M)) {
	t.Helper()
	db := database(t, s, service)
	defer db.Close() //nolint:errcheck // nothing is left to lose
	var body []byte
	err := db.QueryRowContext(t.Context(), "SELECT body FROM "+table+" WHERE name = $1", name).Scan(&body)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(body, m); err != nil {
		t.Fatal(err)
	}
	edit(m)
	if body, err = proto.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE "+table+" SET body = $1 WHERE name = $2", body, name); err != nil {
		t.Fatal(err)
	}
}

// wantAltered fails the test unless a call was refused because the row of this resource was altered.
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
	const forged = world.Foundation // world.Build registers it and does not approve it
	name := "organizations/" + forged
	change(t, s, "org", "DELETE FROM organizations WHERE name = $1", name)
	change(t, s, "org", fmt.Sprintf(`INSERT INTO organizations (name, revision, create_us, update_us, body, personal, mac, uscc, display_name, display_name_grams, type, level, division, area, state)
		SELECT '%s', revision, create_us, update_us, body, personal, mac, '%s', display_name, display_name_grams, type, level, division, area, state
		FROM organizations WHERE name = 'organizations/%s'`, name, forged, world.Association))
	rewrite(t, s, "org", "organizations", name, &orgv1.Organization{}, func(o *orgv1.Organization) { o.Uscc, o.Name = forged, name })

	s = s.Again(t)
	office := s.As(t, "office", suite.Everywhere(accessv1.Grant_ACTION_OFFICE))
	_, err := orgv1.NewOrganizationServiceClient(s.Conn).GetOrganization(office, &orgv1.GetOrganizationRequest{Name: name})
	wantAltered(t, "get", err, name)
	d := world.Operations(world.Village, 1)
	d.Organization = name
	_, err = actionv1.NewDeliveryServiceClient(s.Conn).CreateDelivery(office, &actionv1.CreateDeliveryRequest{Parent: world.Campaign, Delivery: d})
	wantAltered(t, "record a delivery of it", err, name)
}

// forge changes a stopped suite's databases as an attacker would, and returns the texts that an audit must print.
func forge(t *testing.T, s *suite.Suite, deliveries []string) (want []string) {
	t.Helper()
	named := func(table, name, reason string) { want = append(want, table+" "+name+": "+reason) }
	rewrite(t, s, "action", "deliveries", deliveries[0], &actionv1.Delivery{}, func(d *actionv1.Delivery) { d.Quantity = 1_048_575 })
	named("action: DOES NOT FIT: deliveries", deliveries[0], "the body is not that of revision 1 in the journal")
	change(t, s, "action", "DELETE FROM deliveries WHERE name = $1", deliveries[1])
	named("action: DOES NOT FIT: deliveries", deliveries[1], "there is no row, and the journal has revision 1")
	change(t, s, "action", "UPDATE deliveries SET body = (SELECT body FROM deliveries WHERE name = $1) WHERE name = $2", deliveries[3], deliveries[2])
	named("action: DOES NOT FIT: deliveries", deliveries[2], "the body is not that of revision 1 in the journal")
	change(t, s, "action", "UPDATE deliveries SET area = '430524101201' WHERE name = $1", deliveries[4])
	named("action: DOES NOT FIT: deliveries", deliveries[4], "the column area does not follow from the body")

	const approved = "organizations/51430000MJJ0000999"
	change(t, s, "org", `INSERT INTO organizations (name, revision, create_us, update_us, body, personal, mac, uscc, display_name, display_name_grams, type, level, division, area, state)
		SELECT $1, revision, create_us, update_us, body, personal, mac, uscc, display_name, display_name_grams, type, level, division, area, state
		FROM organizations WHERE name = $2`, approved, "organizations/"+world.Association)
	named("org: DOES NOT FIT: organizations", approved, "the journal knows nothing of this row")
	change(t, s, "report", "UPDATE statements SET value = 1052153")
	named("report: DOES NOT FIT: statements", world.Campaign+"/statements/br03-2019-12-31", "the column value does not follow from the body")
	change(t, s, "report", "UPDATE cells SET quantity = 1052153 WHERE place IN (0, 43) AND class IN (SELECT id FROM classes WHERE indicator = 'BR03')")
	for _, place := range []string{"0", "43"} {
		named("figures: DOES NOT FIT: cells", "source=deliveries parent=campaigns/example action=bright indicator=BR03 measure=0 stage=1 place="+place+" month=201908",
			"quantity is 1052153, and the facts give ")
	}
	return want
}

func TestTheAuditNamesEachRowThatDoesNotFollowFromTheJournals(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		var names []string
		for n := range 6 {
			names = append(names, world.Record(t, s, "office", fmt.Sprint(n), world.Operations(world.Village, int64(n+1))).GetName())
		}
		stated := &reportv1.Statement{
			Indicator: "BR03", AsOf: world.Day(12, 31), Value: 3_580, Qualifier: reportv1.Statement_EXACT, Unit: "operation",
			Completeness: reportv1.Statement_COMPLETE, Source: "示例",
		}
		_, err := reportv1.NewStatementServiceClient(s.Conn).CreateStatement(s.As(t, "office", world.Admin()),
			&reportv1.CreateStatementRequest{Parent: world.Campaign, Statement: stated})
		if err != nil {
			t.Fatal(err)
		}
		world.Bulletin(t, s, world.Campaign) // waits until everything is numbered and report has applied it
		s.Stop(t)
		flags := append([]string{"verify"}, s.Flags()...)
		honest := suite.MustRun(t, flags...)
		for _, said := range []string{"action: 1 campaigns, 6 deliveries follow from logs/action\n", "report: 1 statements follow", "figures: 1 campaigns, "} {
			if !strings.Contains(honest, said) {
				t.Errorf("before anything was done, %q is not said:\n%s", said, honest)
			}
		}
		want := forge(t, s, names)
		r := suite.Run(t, flags...)
		if r.Code == 0 || strings.Count(r.Out, "fit the public key") != 4 {
			t.Errorf("exit code %d, want a failure with four good journals:\n%s%s", r.Code, r.Out, r.Err)
		}
		for _, line := range want {
			if !strings.Contains(r.Out, line) {
				t.Errorf("%q is not said:\n%s", line, r.Out)
			}
		}
		if n := strings.Count(r.Out, "DOES NOT FIT"); n != len(want) {
			t.Errorf("%d rows are named, want %d:\n%s", n, len(want), r.Out)
		}
	})
}
