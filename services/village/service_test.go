package village_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/village"
)

// patience is the timeout of large calls on slow machines, in place of the client's default of a few seconds.
const patience = 5 * time.Minute

const requestID = "01980000-0000-7000-8000-00000000000a"

// clients are clients of all methods of the service, on one connection.
type clients struct {
	divisions villagev1.DivisionServiceClient
	villages  villagev1.VillageServiceClient
	scopes    villagev1.ScopeServiceClient
	needs     villagev1.NeedServiceClient

	successions villagev1.SuccessionServiceClient
}

// start runs the service behind a real server.
func start(t *testing.T, db *database.DB) clients {
	t.Helper()
	d := servertest.Deps(t, "village", db)
	d.Clock = servertest.NewClock(time.Date(2020, 7, 1, 0, 0, 0, 0, time.UTC)).Now
	s := servertest.Open(t, village.Service(), d, village.Peers{Follow: func(context.Context, access.Source) error { return nil }})
	return connect(servertest.Start(t, s.Register))
}

func connect(conn grpc.ClientConnInterface) clients {
	return clients{
		villagev1.NewDivisionServiceClient(conn), villagev1.NewVillageServiceClient(conn),
		villagev1.NewScopeServiceClient(conn), villagev1.NewNeedServiceClient(conn),
		villagev1.NewSuccessionServiceClient(conn),
	}
}

func as(t *testing.T, subject string, role accessv1.Grant_Role, area string) context.Context {
	return servertest.As(t.Context(), subject, servertest.Grant(role, area))
}

func provinceAdmin(t *testing.T) context.Context {
	return as(t, "admin", accessv1.Grant_PROVINCE_ADMIN, "43")
}

// refused checks the code of an error and, unless field is empty, the first field that it names.
func refused(t *testing.T, err error, code codes.Code, field string) {
	t.Helper()
	if status.Code(err) != code {
		t.Errorf("error %v, want %s", err, code)
		return
	}
	e, _ := fault.From(err)
	if v := e.Violations(); field != "" && (len(v) == 0 || v[0].Field != field) {
		t.Errorf("error blames %v, want %s", v, field)
	}
}

// row returns a division of the fixture.
func row(code, name string) *villagev1.Division {
	return &villagev1.Division{Code: code, DisplayName: name}
}

// valley returns a county with two townships. Each has a village of the same name and one with its own name.
func valley() []*villagev1.Division {
	return []*villagev1.Division{
		row("430000000000", "示例省"), row("433100000000", "示例州"), row("433124000000", "示例县"),
		row("433124101000", "东镇"), row("433124101201", "同名村"), row("433124101202", "东村"),
		row("433124102000", "西镇"), row("433124102201", "同名村"), row("433124102202", "西村"),
	}
}

func imported(t *testing.T, c clients, edition string, divisions ...*villagev1.Division) *villagev1.ImportDivisionsResponse {
	t.Helper()
	ctx, cancel := context.WithTimeout(provinceAdmin(t), patience)
	defer cancel()
	r, err := c.divisions.ImportDivisions(ctx, &villagev1.ImportDivisionsRequest{Divisions: divisions, Edition: edition, Complete: true})
	if err != nil {
		t.Fatalf("ImportDivisions: %v", err)
	}
	return r
}

// takenUp imports the valley and creates its four villages.
func takenUp(t *testing.T, c clients) {
	t.Helper()
	imported(t, c, "2020-06-30", valley()...)
	var requests []*villagev1.CreateVillageRequest
	for _, code := range []string{"433124101201", "433124101202", "433124102201", "433124102202"} {
		requests = append(requests, &villagev1.CreateVillageRequest{Village: &villagev1.Village{Code: code}})
	}
	if _, err := c.villages.BatchCreateVillages(provinceAdmin(t), &villagev1.BatchCreateVillagesRequest{Requests: requests}); err != nil {
		t.Fatalf("BatchCreateVillages: %v", err)
	}
}

func on(year, month, dayOfMonth int32) *date.Date {
	return &date.Date{Year: year, Month: month, Day: dayOfMonth}
}
