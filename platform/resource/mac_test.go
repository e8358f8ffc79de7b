package resource_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
)

// meddle executes a statement as a person could who can write to the database but does not have the row key.
func (k *kit) meddle(statement string, args ...any) {
	k.Helper()
	check(k, k.db.Apply(context.Background(), []database.Statement{{SQL: statement, Args: args, Rows: 1}}))
}

// alterations returns statements that alter the row of the need first. The need other has a valid row.
func alterations(first, other string) map[string]string {
	from := func(column string) string {
		return fmt.Sprintf("UPDATE needs SET %[1]s = (SELECT %[1]s FROM needs WHERE name = '%[2]s') WHERE name = '%[3]s'", column, other, first)
	}
	set := func(what string) string { return fmt.Sprintf("UPDATE needs SET %s WHERE name = '%s'", what, first) }
	return map[string]string{
		"another row's body":      from("body"),
		"another row's MAC":       from("mac"),
		"an empty body":           set("body = CAST('' AS BYTEA)"),
		"an empty MAC":            set("mac = CAST('' AS BYTEA)"),
		"an earlier revision":     set("revision = revision - 1"),
		"a later revision":        set("revision = revision + 1"),
		"the time of creation":    set("create_us = create_us + 1"),
		"the time of the change":  set("update_us = update_us - 1"),
		"a personal part":         set("personal = CAST('forged' AS BYTEA)"),
		"an empty personal part":  set("personal = CAST('' AS BYTEA)"),
		"the place it belongs to": set("village = '433122001201x'"),
		"a column of text":        set("category = 'medicine'"),
		"a column of a number":    set("quantity = 1048575"),
		"a column of a date":      set("survey_date = 20190802"),
		"a column of an enum":     set("state = 2"),
	}
}

func TestARowThatTheSuiteDidNotWriteIsRefusedAtEveryDoor(t *testing.T) {
	for name, statement := range alterations(needName(luxi, 1), needName(luxi, 2)) {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, k *kit) {
				made := k.createNeed(luxi, 1, 7)
				k.createNeed(luxi, 2, 8)
				k.meddle(statement)
				before := len(k.entries())
				for door, err := range k.doors(made) {
					t.Run(door, func(t *testing.T) { wantFault(t, err, codes.DataLoss, "ROW_ALTERED") })
				}
				if n := len(k.entries()); n != before {
					t.Errorf("%d entries were added to the journal", n-before)
				}
				if n := strings.Count(k.said.String(), "level=ERROR"); n != 1 || !strings.Contains(k.said.String(), made.GetName()) {
					t.Errorf("%d errors were logged, want one that names the row:\n%s", n, k.said)
				}
			})
		})
	}
}

// doors returns the errors of all ways to read or write a row.
func (k *kit) doors(m *villagev1.Need) map[string]error {
	by, name := province(), m.GetName()
	doors := map[string]error{}
	_, doors["get"] = k.needs.Get(by, &villagev1.GetNeedRequest{Name: name})
	_, doors["batch get"] = k.needs.BatchGet(by, names{needName(luxi, 2), name})
	_, doors["peek"] = k.needs.Peek(by, name)
	_, _, doors["list"] = k.needs.List(by, &villagev1.ListNeedsRequest{Parent: "villages/-"})
	_, doors["where"] = k.needs.Where(by, k.db.Reader(), "name", name)
	_, doors["mutate"] = k.needs.Change(by, &villagev1.SubmitNeedRequest{Name: name}, func(n *villagev1.Need) error {
		n.State = villagev1.Need_SUBMITTED
		return nil
	})
	_, doors["update"] = k.needs.UpdateBy(by, &villagev1.UpdateNeedRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}}},
		&villagev1.Need{Name: name, Quantity: 9}, nil)
	_, doors["erase"] = k.needs.Erase(by, &villagev1.SubmitNeedRequest{Name: name})
	_, doors["batch create, the same again"] = k.needs.CreateItems(by, &villagev1.BatchCreateNeedsRequest{SkipIdentical: true},
		[]resource.Item[*villagev1.Need]{{Name: name, Message: m}}, nil)
	_, doors["in a transaction of several"] = k.InTx(by, &villagev1.SubmitNeedRequest{}, func(t *resource.Tx) error {
		_, err := k.needs.Peek(t.Context(), name)
		return err
	})
	return doors
}

func TestAnInsertedRowIsRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		const honest, forged = "organizations/51430000MJJ509249B", "organizations/51430000MJJ5092490"
		k.createOrganization("51430000MJJ509249B")
		k.meddle(`INSERT INTO organizations (name, revision, create_us, update_us, body, personal, mac, uscc, area, approved)
			SELECT $1, revision, create_us, update_us, body, personal, mac, $2, area, TRUE FROM organizations WHERE name = $3`,
			forged, "51430000MJJ5092490", honest)
		_, err := k.orgs.Get(province(), &orgv1.GetOrganizationRequest{Name: forged})
		wantFault(t, err, codes.DataLoss, "ROW_ALTERED")
		_, err = k.orgs.Get(province(), &orgv1.GetOrganizationRequest{Name: honest})
		check(t, err)
	})
}

func TestRowsOfAnotherKeyAreRefused(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 7)
	deps := k.deps
	deps.RowKey = bytes.Repeat([]byte{4}, 32)
	opened := must(resource.Open(t.Context(), deps))(t)
	defer opened.Close() //nolint:errcheck // it only stops
	_, err := must(resource.NewStore(t.Context(), opened, needKind()))(t).Get(province(), &villagev1.GetNeedRequest{Name: made.GetName()})
	wantFault(t, err, codes.DataLoss, "ROW_ALTERED")
}

// names is a request for several resources.
type names []string

// GetNames implements [resource.BatchGetRequest].
func (n names) GetNames() []string { return n }
