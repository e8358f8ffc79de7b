package resource_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
)

// stock is the unit of a need that gives its quantity. Any other need takes its quantity, unless it is returned.
const stock = "stock"

// pledgedKind is a kind of needs that take their quantity from the stock of their category.
func pledgedKind() resource.Kind[*villagev1.Need] {
	kind := needKind()
	kind.Table = "pledged_needs"
	kind.Columns = []resource.Column[*villagev1.Need]{
		resource.Text("village", func(n *villagev1.Need) string { return access.AreaOf(n.GetName()) }).Area(),
	}
	kind.Reserves = []resource.Reserve[*villagev1.Need]{{
		Rule: "pledged", Field: "quantity", English: "the stock", Chinese: "库存",
		Of: func(n *villagev1.Need) resource.Reservation {
			switch {
			case n.GetUnit() == stock:
				return resource.Reservation{Counter: n.GetCategory(), Gives: n.GetQuantity()}
			case n.GetState() == villagev1.Need_RETURNED:
				return resource.Reservation{}
			}
			return resource.Reservation{Counter: n.GetCategory(), Takes: n.GetQuantity()}
		},
	}}
	return kind
}

// pledges is a store of pledgedKind.
type pledges struct {
	*kit
	store *resource.Store[*villagev1.Need]
}

func openPledges(t *testing.T, k *kit) pledges {
	t.Helper()
	k.TB = t
	return pledges{k, must(resource.NewStore(context.Background(), k.Kit, pledgedKind()))(t)}
}

func pledge(category, unit string, quantity int64) *villagev1.Need {
	n := someNeed(quantity)
	n.Category, n.Unit = category, unit
	return n
}

func (p pledges) create(n int, m *villagev1.Need) error {
	_, err := p.store.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, n), m, nil)
	return err
}

func (p pledges) change(n int, rule func(*villagev1.Need)) error {
	_, err := p.store.Change(province(), &villagev1.SubmitNeedRequest{Name: needName(luxi, n)}, func(m *villagev1.Need) error {
		rule(m)
		return nil
	})
	return err
}

func release(m *villagev1.Need) { m.State = villagev1.Need_RETURNED }

// counts fails the test unless the counter of a category has these values and matches the rows.
func (p pledges) counts(category string, taken, bound int64) {
	p.Helper()
	got := must(p.Counts(context.Background(), "pledged", category, "another"))(p)[category]
	if want := (resource.Count{Taken: taken, Bound: bound}); got != want {
		p.Errorf("the counter of %s is %+v, want %+v", category, got, want)
	}
	p.follows()
}

// follows fails the test unless all counters match the rows.
func (p pledges) follows() {
	p.Helper()
	if found := p.differences(must(resource.TableOf(pledgedKind()))(p)); len(found) > 0 {
		p.Errorf("the check found %q", found)
	}
}

func TestWhatIsTakenIsNeverMoreThanThereIs(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		p := openPledges(t, k)
		check(t, p.create(1, pledge("wells", stock, 100)))
		check(t, p.create(2, pledge("wells", "piece", 70)))
		err := p.create(3, pledge("wells", "piece", 31))
		wantFault(t, err, codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "need.quantity")
		f, _ := fault.From(err)
		if v := f.Violations()[0]; v.Description != "takes 31 of the stock, of which 30 is left" || v.Chinese != "占用库存 31，而余量为 30" {
			t.Errorf("the refusal is %+v", v)
		}
		_, err = p.store.CreateNamed(province(), &villagev1.CreateNeedRequest{ValidateOnly: true}, needName(luxi, 3), pledge("wells", "piece", 31), nil)
		wantFault(t, err, codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "need.quantity")
		check(t, p.create(3, pledge("wells", "piece", 30)))
		wantFault(t, p.create(4, pledge("roads", "piece", 1)), codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "need.quantity")
		p.counts("wells", 100, 100)

		more := func(m *villagev1.Need) { m.Quantity++ }
		wantFault(t, p.change(2, more), codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "need.quantity")
		check(t, p.change(3, release)) // releases 30
		check(t, p.change(2, more))
		p.counts("wells", 71, 100)

		less := func(quantity int64) func(*villagev1.Need) { return func(m *villagev1.Need) { m.Quantity = quantity } }
		wantFault(t, p.change(1, less(70)), codes.FailedPrecondition, "TAKEN_ALREADY", "need.quantity")
		check(t, p.change(1, less(71)))
		p.counts("wells", 71, 71)

		check(t, p.create(5, pledge("roads", stock, 71)))
		check(t, p.change(2, func(m *villagev1.Need) { m.Category = "roads" }))
		p.counts("wells", 0, 71)
		p.counts("roads", 71, 71)
	})
}

func TestRowsOfABatchTakeOneAfterTheOther(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		p := openPledges(t, k)
		check(t, p.create(1, pledge("wells", stock, 1000)))
		for _, rows := range []int{4, 600} { // PostgreSQL receives 600 rows by COPY
			var sheet []resource.Item[*villagev1.Need]
			for i := range rows {
				sheet = append(sheet, resource.Item[*villagev1.Need]{Name: needName(huay, 1000*rows+i), Message: pledge("wells", "piece", 1)})
			}
			sheet[1].Message.Quantity, sheet[2].Message.Quantity = 390, 900
			batch := func(validateOnly bool) error {
				_, err := p.store.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{ValidateOnly: validateOnly}, sheet, nil)
				return err
			}
			for _, validateOnly := range []bool{true, false} {
				wantFault(t, batch(validateOnly), codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "requests[2].need.quantity")
			}
			sheet[1].Message.Quantity, sheet[2].Message.Quantity = 1, 1
			check(t, batch(false))
		}
		p.counts("wells", 604, 1000)
	})
}

// rush lets 200 callers of several replicas take one unit each of 100 units.
func rush(t *testing.T, replicas ...pledges) {
	t.Helper()
	const callers, units = 200, 100
	check(t, replicas[0].create(0, pledge("wells", stock, units)))
	var written atomic.Int64
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			err := replicas[i%len(replicas)].create(1+i, pledge("wells", "piece", 1))
			if err == nil {
				written.Add(1)
			} else if f, ok := fault.From(err); !ok || f.Reason() != "NOT_ENOUGH_LEFT" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if written.Load() != units {
		t.Errorf("%d were written, want %d", written.Load(), units)
	}
	replicas[0].counts("wells", units, units)
}

func TestOf200ReservationsOf100UnitsExactly100AreMade(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) { rush(t, openPledges(t, k)) })
}

func TestOf200ReservationsInTwoReplicasOf100UnitsExactly100AreMade(t *testing.T) {
	url := servertest.Postgres(t)
	k := openKit(t, url)
	rush(t, openPledges(t, k), openPledges(t, k.replica(t, url)))
}

func TestTheBoundMayBeToldByAnotherService(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		bounds := map[string]int64{"wells": 10}
		asked := 0
		var away error
		kind := pledgedKind()
		kind.Reserves[0].Bounds = func(_ context.Context, counters []string) (map[string]int64, error) {
			asked++
			for _, name := range counters {
				if name == "" {
					t.Error("asked for a counter without a name")
				}
			}
			return maps.Clone(bounds), away
		}
		p := pledges{k, must(resource.NewStore(t.Context(), k.Kit, kind))(t)}
		check(t, p.create(1, pledge("wells", "piece", 8)))
		p.counts("wells", 8, 10)
		wantFault(t, p.create(2, pledge("wells", "piece", 3)), codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "need.quantity")
		bounds["wells"] = 11
		check(t, p.create(2, pledge("wells", "piece", 3)))
		bounds["wells"] = 5
		wantFault(t, p.create(3, pledge("wells", "piece", 1)), codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "need.quantity")
		p.counts("wells", 11, 11)
		asked, away = 0, fault.Unavailable("AWAY", 0, errors.New("the other service is away"))
		check(t, p.change(2, release))
		if asked > 0 {
			t.Error("a release asked for the bound")
		}
		wantFault(t, p.create(4, pledge("wells", "piece", 1)), codes.Unavailable, "AWAY")
		away = nil
		sheet := make([]resource.Item[*villagev1.Need], 100)
		for i := range sheet {
			bounds[fmt.Sprint("category_", i)] = 1
			sheet[i] = resource.Item[*villagev1.Need]{Name: needName(huay, i), Message: pledge(fmt.Sprint("category_", i), "piece", 1)}
		}
		asked = 0
		must(p.store.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{}, sheet, nil))(t)
		if asked != 1 {
			t.Errorf("a batch asked %d times, want once", asked)
		}
		p.counts("wells", 8, 11)
	})
}

// model is a simple model of the counters.
type model struct{ taken, bound map[string]int64 }

// step is a random change of one of a few pledges. It may create, change or release a pledge.
type pledgeStep struct {
	n        int
	category string
	quantity int64
	released bool
}

func someStep(r *rand.Rand) pledgeStep {
	return pledgeStep{r.IntN(12), []string{"wells", "roads"}[r.IntN(2)], r.Int64N(9) + 1, r.IntN(3) == 0}
}

// take changes the pledge of a step, or creates it if it does not exist.
func (p pledges) take(s pledgeStep) error {
	unit := "piece"
	if s.n < 4 {
		unit = stock
	}
	err := p.change(s.n, func(m *villagev1.Need) {
		m.Category, m.Quantity, m.State = s.category, s.quantity, villagev1.Need_DRAFT
		if s.released {
			release(m)
		}
	})
	if f, ok := fault.From(err); ok && f.Code() == codes.NotFound {
		return p.create(s.n, pledge(s.category, unit, s.quantity))
	}
	return err
}

func TestRandomReservationsAreAsAModelHasThem(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		p := openPledges(t, k)
		r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same each time
		stands := map[int]pledgeStep{}
		totals := func(stands map[int]pledgeStep) model {
			m := model{map[string]int64{}, map[string]int64{}}
			for n, s := range stands {
				switch {
				case n < 4:
					m.bound[s.category] += s.quantity
				case !s.released:
					m.taken[s.category] += s.quantity
				}
			}
			return m
		}
		refused := 0
		for range 400 {
			s := someStep(r)
			if _, there := stands[s.n]; !there {
				s.released = false
			}
			next := maps.Clone(stands)
			next[s.n] = s
			m, fits := totals(next), true
			for _, category := range []string{"wells", "roads"} {
				fits = fits && m.taken[category] <= m.bound[category]
			}
			err := p.take(s)
			if f, ok := fault.From(err); fits != (err == nil) || !fits && (!ok || f.Code() != codes.FailedPrecondition) {
				t.Fatalf("%+v: %v, and the model says it fits: %v", s, err, fits)
			}
			if fits {
				stands = next
			} else {
				refused++
			}
		}
		m := totals(stands)
		for _, category := range []string{"wells", "roads"} {
			p.counts(category, m.taken[category], m.bound[category])
		}
		if refused < 40 || refused > 360 {
			t.Errorf("%d of 400 steps were refused, which tries little", refused)
		}
	})
}

// stampede lets writers of several replicas make random steps on the same few rows concurrently.
func stampede(t *testing.T, replicas ...pledges) {
	t.Helper()
	for n := range 12 {
		unit, quantity := "piece", int64(1)
		if n < 4 {
			unit, quantity = stock, 20
		}
		check(t, replicas[0].create(n, pledge("wells", unit, quantity)))
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 5)) //nolint:gosec // the same each time
			for range 25 {
				err := replicas[i%len(replicas)].take(someStep(r))
				if f, ok := fault.From(err); err != nil && (!ok || f.Code() != codes.FailedPrecondition && f.Code() != codes.Aborted) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	replicas[0].follows()
}

func TestRandomReservationsAtOnceAreCountedOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) { stampede(t, openPledges(t, k)) })
}

func TestRandomReservationsInTwoReplicasAreCountedOnce(t *testing.T) {
	url := servertest.Postgres(t)
	k := openKit(t, url)
	stampede(t, openPledges(t, k), openPledges(t, k.replica(t, url)))
}

func TestACounterThatWasAlteredIsNamed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		p := openPledges(t, k)
		for i, category := range []string{"a", "b", "c", "d", "e"} {
			check(t, p.create(10*i, pledge(category, stock, 10)))
			check(t, p.create(10*i+1, pledge(category, "piece", 4)))
		}
		p.follows()
		k.meddle("UPDATE resource_counters SET taken = 3 WHERE counter = $1", "a")
		k.meddle("UPDATE resource_counters SET bound = 11 WHERE counter = $1", "b")
		k.meddle("DELETE FROM resource_counters WHERE counter = $1", "d")
		k.meddle("INSERT INTO resource_counters (rule, counter, taken, bound) VALUES ('pledged', $1, 1, 1)", "f")
		found := p.differences(must(resource.TableOf(pledgedKind()))(t))
		want := []string{
			"resource_counters pledged a: 3 is counted as taken, and the rows take 4",
			"resource_counters pledged b: 11 is counted as given, and the rows give 10",
			"resource_counters pledged d: 0 is counted as taken, and the rows take 4",
			"resource_counters pledged f: 1 is counted as taken, and the rows take 0",
		}
		if fmt.Sprint(found) != fmt.Sprint(want) {
			t.Errorf("found %q, want %q", found, want)
		}
		wantFault(t, p.change(1, release), codes.DataLoss, "ROW_ALTERED")
		check(t, p.change(21, release))
	})
}

func TestAKindThatReservesNeedsTheCounters(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	check(t, k.db.Apply(t.Context(), []database.Statement{{SQL: "DROP TABLE resource_counters", Rows: database.AnyRows}}))
	if _, err := resource.NewStore(t.Context(), k.Kit, pledgedKind()); err == nil {
		t.Error("a store of a kind that reserves opened without counters")
	}
}
