package resource_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
)

type need = *villagev1.Need

// unitKind is the kind of a newer version: its lists filter by unit, and in a still newer version by description.
func unitKind(unit, description bool) resource.Kind[need] {
	kind := needKind()
	if unit {
		kind.Columns = append(kind.Columns, resource.Text("unit", need.GetUnit))
	}
	if description {
		kind.Columns = append(kind.Columns, resource.Text("description", need.GetDescription))
	}
	return kind
}

// arrivingKind is unitKind in the first version with the columns, which are arriving.
func arrivingKind() resource.Kind[need] {
	kind := needKind()
	kind.Columns = append(kind.Columns, resource.Text("unit", need.GetUnit).Arriving(), resource.Text("description", need.GetDescription).Arriving())
	return kind
}

// addColumns returns the migrations of the newer version, without the Fill steps.
func addColumns() fstest.MapFS {
	set := maps.Clone(migration)
	set["00002_unit.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE needs ADD COLUMN unit TEXT NOT NULL DEFAULT '';\n")}
	set["00004_description.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE needs ADD COLUMN description TEXT NOT NULL DEFAULT '';\n")}
	return set
}

// upgrade migrates with the steps, and replaces the kit's store by one of a newer version. It returns the older store.
func (k *kit) upgrade(to resource.Kind[need], steps ...database.Step) *resource.Store[need] {
	k.Helper()
	check(k, k.db.Migrate(context.Background(), addColumns(), "goose_db_version", steps...))
	check(k, k.db.CheckSchema(context.Background(), addColumns(), "goose_db_version", steps...))
	older := k.needs
	k.needs = must(resource.NewStore(context.Background(), k.Kit, to))(k)
	return older
}

func fillUnit(version int64) database.Step {
	return resource.Fill(version, unitKind(true, true), "unit") // the second new column is not in the table yet
}

// write stores a need with a unit as the version of the store does.
func (k *kit) write(store *resource.Store[need], n int, unit string) {
	k.Helper()
	m := someNeed(int64(n))
	m.Unit = unit
	must(store.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, n), m, nil))(k)
}

func (k *kit) wantQuantities(filter, want string) {
	k.Helper()
	if got := fmt.Sprint(k.quantities(province(), "villages/-", filter, "quantity", 100)); got != want {
		k.Errorf("list with %s = %s, want %s", filter, got, want)
	}
}

func TestRowsOlderThanAColumnAreFoundByIt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		items := make([]resource.Item[need], 1200) // needs more than two transactions of Fill
		for i := range items {
			m := someNeed(int64(i + 1))
			if i%500 == 0 {
				m.Unit, m.Description = "hectare", "terraces"
			}
			items[i] = resource.Item[need]{Name: needName(luxi, i), Message: m}
		}
		must(k.needs.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{}, items, nil))(t)
		before := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: needName(luxi, 500)}))(t)
		k.upgrade(unitKind(true, true), fillUnit(3), resource.Fill(5, unitKind(false, true), "description"))
		k.wantQuantities(`unit = "hectare"`, "[1 501 1001]")
		k.wantQuantities(`unit = "person" quantity < 4`, "[2 3]")
		k.wantQuantities(`description:"terr"`, "[1 501 1001]")
		after := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: needName(luxi, 500)}))(t)
		if !proto.Equal(before, after) {
			t.Errorf("filling changed a need:\n%v\n%v", before, after)
		}
		if n := len(k.entries()); n != len(items) {
			t.Errorf("the journal has %d entries of %d needs", n, len(items))
		}
	})
}

func TestWhatAnOlderReplicaWritesIsFoundAfterTheNextFill(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.write(k.needs, 1, "hectare")
		k.write(k.needs, 2, "person")
		first := []database.Step{fillUnit(3)}
		older := k.upgrade(arrivingKind(), first...)
		k.write(older, 3, "hectare")
		must(older.Change(province(), &villagev1.SubmitNeedRequest{Name: needName(luxi, 2)}, func(n need) error {
			n.Unit = "hectare"
			return nil
		}))(t)
		k.write(k.needs, 4, "hectare")
		k.wantQuantities("", "[1 2 3 4]") // rows without the column can be read while it is arriving
		_, _, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: "villages/-", Filter: `unit = "hectare"`})
		wantFault(t, err, codes.InvalidArgument, "UNKNOWN_FIELD", "filter")
		k.upgrade(unitKind(true, true), append(first, fillUnit(5), resource.Fill(6, unitKind(false, true), "description"))...)
		k.wantQuantities(`unit = "hectare"`, "[1 2 3 4]")
	})
}

func TestFillingLeavesARowThatIsChangedMeanwhileToTheWriter(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.write(k.needs, 1, "person")
		k.upgrade(unitKind(true, true), fillUnit(3))
		var once sync.Once
		slow := needKind()
		slow.Columns = append(slow.Columns, resource.Text("unit", func(n need) string {
			once.Do(func() {
				must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: needName(luxi, 1)}, func(n need) error {
					n.Unit = "hectare"
					return nil
				}))(t)
			})
			return n.GetUnit()
		}))
		k.upgrade(unitKind(true, true), fillUnit(3), resource.Fill(5, slow, "unit"))
		k.wantQuantities(`unit = "hectare"`, "[1]")
	})
}

func TestFillingAColumnThatIsNotDeclaredIsRefused(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	err := k.db.Migrate(t.Context(), addColumns(), "goose_db_version", resource.Fill(3, needKind(), "unit"))
	if err == nil || !strings.Contains(err.Error(), "fill unit of needs") {
		t.Fatalf("Migrate = %v, want an error that names the column", err)
	}
}

func TestAColumnCannotNarrowWhatCallersSeeBeforeAllRowsHaveIt(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	kind := needKind()
	kind.Columns[0] = kind.Columns[0].Arriving()
	if _, err := resource.NewStore(t.Context(), k.Kit, kind); err == nil || !strings.Contains(err.Error(), "village") {
		t.Fatalf("NewStore = %v, want an error that names the column", err)
	}
}
