package resource_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// twins is a store of needs that are alike if their village, category and quantity are equal. Submitted needs do not
// count.
type twins struct {
	*kit
	store *resource.Store[*villagev1.Need]
	tries int
}

func openTwins(t testing.TB, k *kit) *twins {
	t.Helper()
	k.TB = t
	kind := needKind()
	kind.Table = "alike_needs"
	kind.Columns = []resource.Column[*villagev1.Need]{
		resource.Text("village", func(n *villagev1.Need) string { return access.AreaOf(n.GetName()) }).Area(),
	}
	kind.Likeness = &resource.Likeness[*villagev1.Need]{
		English: "village, category and quantity", Chinese: "村、类别和数量",
		Of: func(n *villagev1.Need) []string {
			if n.GetState() == villagev1.Need_SUBMITTED {
				return nil
			}
			return []string{access.AreaOf(n.GetName()), n.GetCategory(), fmt.Sprint(n.GetQuantity())}
		},
	}
	return &twins{kit: k, store: must(resource.NewStore(context.Background(), k.Kit, kind))(t)}
}

const duplicate = "LIKELY_DUPLICATE"

// create writes a need with a quantity under a new name.
func (w *twins) create(village string, quantity int64, acknowledge ...string) (string, error) {
	w.tries++
	name := needName(village, w.tries)
	_, err := w.store.CreateNamed(province(), &villagev1.CreateNeedRequest{Acknowledge: acknowledge}, name, someNeed(quantity), nil)
	return name, err
}

func (w *twins) must(village string, quantity int64, acknowledge ...string) string {
	w.Helper()
	name, err := w.create(village, quantity, acknowledge...)
	check(w, err)
	return name
}

// asked fails the test unless a need with the quantity is questioned as a duplicate of the named one.
func (w *twins) asked(village string, quantity int64, like string) {
	w.Helper()
	_, err := w.create(village, quantity)
	wantFault(w, err, codes.FailedPrecondition, fault.ReasonQuestions, "need")
	f, _ := fault.From(err)
	if v := f.Violations()[0]; v.Reason != duplicate || !v.Question || !strings.Contains(v.Description, like) || v.Chinese == "" {
		w.Errorf("the question is %+v, want it to name %s", v, like)
	}
}

// leave changes a need so that it no longer counts.
func (w *twins) leave(name string) {
	w.Helper()
	must(w.store.Change(province(), &villagev1.VerifyNeedRequest{Name: name}, func(n *villagev1.Need) error {
		n.State = villagev1.Need_SUBMITTED
		return nil
	}))(w)
}

func TestASecondRowThatIsAlikeIsAskedWhetherItIsAnother(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		w := openTwins(t, k)
		one := w.must(luxi, 7)
		w.must(luxi, 8)
		w.must(huay, 7)
		w.asked(luxi, 7, one)
		other := w.must(luxi, 7, duplicate)
		w.asked(luxi, 7, one)
		var acknowledged []string
		for _, e := range k.entries() {
			acknowledged = append(acknowledged, e.GetAcknowledged()...)
		}
		if strings.Join(acknowledged, " ") != duplicate {
			t.Errorf("the journal has %v acknowledged, want one duplicate", acknowledged)
		}
		w.leave(one) // the acknowledged duplicate takes its place
		w.asked(luxi, 7, other)
		w.leave(other)
		w.must(luxi, 7)
	})
}

func TestARowThatBecomesLikeAnotherIsAsked(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		w := openTwins(t, k)
		one, two := w.must(luxi, 7), w.must(luxi, 8)
		update := func(name string, n *villagev1.Need, mask string, acknowledge ...string) error {
			n.Name = name
			_, err := w.store.UpdateBy(province(), &villagev1.UpdateNeedRequest{
				UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{mask}}, Acknowledge: acknowledge,
			}, n, nil)
			return err
		}
		wantFault(t, update(two, &villagev1.Need{Quantity: 7}, "quantity"), codes.FailedPrecondition, fault.ReasonQuestions, "need")
		check(t, update(two, &villagev1.Need{Quantity: 7}, "quantity", duplicate))
		check(t, update(two, &villagev1.Need{Description: "示例"}, "description")) // the question is not asked again
		w.must(luxi, 8)
		check(t, update(one, &villagev1.Need{Quantity: 9}, "quantity"))
		w.asked(luxi, 7, two)
	})
}

func TestRowsOfABatchAreComparedWithEachOtherAndWithWhatIsThere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		w := openTwins(t, k)
		w.must(luxi, 1)
		var rows []resource.Item[*villagev1.Need]
		for i, quantity := range []int64{2, 1, 3, 2} {
			rows = append(rows, resource.Item[*villagev1.Need]{Name: needName(luxi, 100+i), Message: someNeed(quantity)})
		}
		batch := func(validateOnly bool, acknowledge ...string) error {
			_, err := w.store.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{
				Acknowledge: acknowledge, ValidateOnly: validateOnly, SkipIdentical: true,
			}, rows, nil)
			return err
		}
		for _, validateOnly := range []bool{true, false} {
			wantFault(t, batch(validateOnly), codes.FailedPrecondition, fault.ReasonQuestions, "requests[1].need", "requests[3].need")
		}
		rows[1].Acknowledge = []string{duplicate}
		wantFault(t, batch(false), codes.FailedPrecondition, fault.ReasonQuestions, "requests[3].need")
		check(t, batch(false, duplicate))
		check(t, batch(false)) // the same sheet changes nothing
		w.asked(luxi, 2, needName(luxi, 100))
	})
}

func TestALargeBatchMeetsARowThatIsAlike(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		w := openTwins(t, k)
		w.must(luxi, 777)
		var rows []resource.Item[*villagev1.Need]
		for i := range 1000 { // PostgreSQL receives as many rows by COPY
			rows = append(rows, resource.Item[*villagev1.Need]{Name: needName(luxi, 1000+i), Message: someNeed(int64(i + 1))})
		}
		_, err := w.store.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{}, rows, nil)
		wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, "requests[776].need")
		must(w.store.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{Acknowledge: []string{duplicate}}, rows, nil))(t)
	})
}

func TestOfRowsThatAreAlikeOneIsWrittenHoweverManyArriveAtOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		w := openTwins(t, k)
		const rounds, writers = 10, 8
		for round := range rounds {
			errs := make([]error, writers)
			var all sync.WaitGroup
			for i := range writers {
				all.Go(func() {
					_, errs[i] = w.store.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(huay, 100*round+i), someNeed(int64(round+1)), nil)
				})
			}
			all.Wait()
			written := 0
			for _, err := range errs {
				if err == nil {
					written++
					continue
				}
				wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, "need")
			}
			if written != 1 {
				t.Errorf("%d of %d were written, want 1", written, writers)
			}
		}
	})
}

// Each writer acknowledges the question, and each written row leaves. Among the rows that count there is always a
// first.
func TestTheFirstOfRowsThatAreAlikeHasASuccessorWhateverTheOrder(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		w := openTwins(t, k)
		const writers = 8
		names := make([]string, 2*writers)
		for i := range names {
			names[i] = needName(huay, 100+i)
		}
		create := func(name string) {
			_, err := w.store.CreateNamed(province(), &villagev1.CreateNeedRequest{Acknowledge: []string{duplicate}}, name, someNeed(7), nil)
			if err != nil {
				t.Errorf("create: %v", err)
			}
		}
		for _, name := range names[:writers] {
			create(name)
		}
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() { create(names[writers+i]) })
			all.Go(func() { w.leave(names[i]) })
		}
		all.Wait()
		firsts := must(database.One[int64](context.Background(), k.db.Reader(),
			"SELECT COUNT(*) FROM alike_needs WHERE likeness <> '' AND likeness NOT LIKE '%/%'"))(t)
		if firsts != 1 {
			t.Errorf("%d rows are the first of those that are alike, want 1", firsts)
		}
		_, err := w.create(huay, 7)
		wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, "need")
	})
}

func TestAQuestionNamesNoRowThatTheCallerMayNotRead(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	w := openTwins(t, k)
	kind := needKind()
	kind.Table, kind.Columns = "alike_needs", []resource.Column[*villagev1.Need]{
		resource.Text("village", func(n *villagev1.Need) string { return access.AreaOf(n.GetName()) }).Area(),
	}
	kind.Likeness = &resource.Likeness[*villagev1.Need]{
		English: "category", Chinese: "类别", Of: func(n *villagev1.Need) []string { return []string{n.GetCategory()} },
	}
	w.store = must(resource.NewStore(context.Background(), k.Kit, kind))(t)
	w.must(luxi, 1)
	_, err := w.store.CreateNamed(as(accessv1.Grant_COUNTY_CLERK, "433124", ""), &villagev1.CreateNeedRequest{}, needName(huay, 50), someNeed(2), nil)
	wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, "need")
	if strings.Contains(err.Error(), luxi) {
		t.Errorf("the question names another county's need: %v", err)
	}
}
