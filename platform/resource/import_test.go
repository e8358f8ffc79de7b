package resource_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// sheetOf returns n needs with the quantities that of returns.
func sheetOf(n int, of func(i int) int64) []resource.Item[*villagev1.Need] {
	rows := make([]resource.Item[*villagev1.Need], n)
	for i := range rows {
		rows[i] = resource.Item[*villagev1.Need]{Name: needName(luxi, i), Message: someNeed(of(i))}
	}
	return rows
}

func counting(i int) int64 { return int64(i + 1) }

// portions returns requests of 400 rows. The first has the settings for all rows.
func portions(header *villagev1.ImportNeedsRequest, rows []resource.Item[*villagev1.Need]) iter.Seq2[resource.BatchRequest, error] {
	return func(yield func(resource.BatchRequest, error) bool) {
		r := proto.CloneOf(header)
		for chunk := range slices.Chunk(rows, 400) {
			for _, row := range chunk {
				village, id, _ := strings.Cut(row.Name, "/needs/")
				r.Requests = append(r.Requests, &villagev1.CreateNeedRequest{Parent: village, NeedId: id, Need: row.Message, Acknowledge: row.Acknowledge})
			}
			if !yield(r, nil) {
				return
			}
			r = &villagev1.ImportNeedsRequest{}
		}
	}
}

func quiet(resource.Progress) {}

// imports calls Import of a store with rows.
func imports(
	store *resource.Store[*villagev1.Need], header *villagev1.ImportNeedsRequest, rows []resource.Item[*villagev1.Need], progress func(resource.Progress),
) (resource.Imported, error) {
	return store.ImportAll(province(), portions(header, rows), progress)
}

// holds fails the test unless the table has n rows and the journal n entries.
func (k *kit) holds(table string, n int) {
	k.Helper()
	stored := must(database.One[int](context.Background(), k.db.Reader(), "SELECT COUNT(*) FROM "+table))(k)
	if entries := len(k.entries()); stored != n || entries != n {
		k.Errorf("%d rows and %d entries, want %d", stored, entries, n)
	}
}

func TestAnImportIsWrittenInPortionsAndOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		header := &villagev1.ImportNeedsRequest{RequestId: idA}
		rows := sheetOf(2100, counting)
		var last resource.Progress
		want := resource.Imported{Created: 2100}
		for range 2 { // the second request is answered and not written
			if got := must(imports(k.needs, header, rows, func(p resource.Progress) { last = p }))(t); got != want {
				t.Fatalf("imported %+v, want %+v", got, want)
			}
		}
		if last.Read != 2100 {
			t.Errorf("the progress of the repetition ended with %+v", last)
		}
		k.holds("needs", 2100)
		for i, e := range k.entries() {
			if e.GetResource() != needName(luxi, i) || e.GetRevision() != 1 || e.GetRequestId() != idA {
				t.Fatalf("entry %d is %v", i, e)
			}
		}
		read := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: needName(luxi, 2099)}))(t)
		if read.GetQuantity() != 2100 || len(read.GetAuthors()) != 1 {
			t.Errorf("the last row is %v", read)
		}
		if found, _ := k.checked(500, true); len(found) > 0 {
			t.Errorf("the check found %q", found)
		}
		_, err := imports(k.needs, header, rows[:2099], quiet)
		wantFault(t, err, codes.AlreadyExists, "REQUEST_ID_REUSED")
		_, err = imports(k.needs, &villagev1.ImportNeedsRequest{}, rows[1000:1002], quiet)
		wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS", "requests[0].need", "requests[1].need")
		more := append(rows, sheetOf(2103, counting)[2100:]...)
		skip := &villagev1.ImportNeedsRequest{RequestId: idB, SkipIdentical: true}
		for range 2 {
			if got, want := must(imports(k.needs, skip, more, quiet))(t), (resource.Imported{Created: 3, Unchanged: 2100}); got != want {
				t.Errorf("imported %+v, want %+v", got, want)
			}
		}
	})
}

func TestABadImportIsRefusedByItsRowsAndLeavesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		rows := sheetOf(1000, counting)
		rows[3].Message.Quantity, rows[905].Message.Quantity = 2_000_000, 2_000_000
		rows[950].Name = rows[5].Name
		for _, validateOnly := range []bool{true, false} {
			_, err := imports(k.needs, &villagev1.ImportNeedsRequest{ValidateOnly: validateOnly}, rows, quiet)
			wantFault(t, err, codes.InvalidArgument, "TOO_MANY", "requests[3].need.quantity", "requests[905].need.quantity", "requests[950].need")
		}
		rows[999].Acknowledge = []string{"NO_QUESTION"}
		_, err := imports(k.needs, &villagev1.ImportNeedsRequest{}, rows, quiet)
		wantFault(t, err, codes.InvalidArgument, "QUESTION_UNKNOWN", "requests[999].acknowledge[0]")
		if got, err := imports(k.needs, &villagev1.ImportNeedsRequest{ValidateOnly: true}, sheetOf(1000, counting), quiet); err != nil || got.Created != 1000 {
			t.Errorf("validated %+v, %v", got, err)
		}
		k.holds("needs", 0)
	})
}

func TestACallerThatGoesAwayLeavesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		header, rows := &villagev1.ImportNeedsRequest{RequestId: idA}, sheetOf(1300, counting)
		gone := errors.New("the stream was broken")
		_, err := k.needs.ImportAll(province(), func(yield func(resource.BatchRequest, error) bool) {
			for p, err := range portions(header, rows) {
				if !yield(p, err) {
					return
				}
				// No lock is held while the caller is slow.
				k.createNeed(huay, 1, 1)
				yield(nil, gone)
				return
			}
		}, quiet)
		if !errors.Is(err, gone) {
			t.Errorf("import = %v", err)
		}
		k.holds("needs", 1)
		for _, stage := range []func(resource.Progress) bool{
			func(p resource.Progress) bool { return p.Read > 0 },
			func(p resource.Progress) bool { return p.Checked > 0 },
			func(p resource.Progress) bool { return p.Written > 0 },
			func(p resource.Progress) bool { return p.Written == 1300 },
		} {
			ctx, cancel := context.WithCancel(province())
			_, err := k.needs.ImportAll(ctx, portions(header, rows), func(p resource.Progress) {
				if stage(p) {
					cancel()
				}
			})
			cancel()
			if err == nil {
				t.Error("an import whose caller has gone was answered")
			}
			k.holds("needs", 1)
		}
		must(imports(k.needs, header, rows, quiet))(t)
		k.holds("needs", 1301)
	})
}

func TestAnImportMeetsWhatOthersWroteMeanwhile(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		for name, c := range map[string]struct {
			quantity int64 // of the row that another request writes
			skip     bool
			want     resource.Imported
		}{
			"an equal row":              {501, true, resource.Imported{Created: 999, Unchanged: 1}},
			"another row":               {7, true, resource.Imported{}},
			"an equal row, unannounced": {501, false, resource.Imported{}},
		} {
			t.Run(name, func(t *testing.T) {
				check(t, k.db.Apply(t.Context(), []database.Statement{{SQL: "DELETE FROM needs", Rows: database.AnyRows}}))
				met := false
				got, err := imports(k.needs, &villagev1.ImportNeedsRequest{SkipIdentical: c.skip}, sheetOf(1000, counting), func(p resource.Progress) {
					if p.Checked == 1000 && !met {
						met = true
						_, err := k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, 500), someNeed(c.quantity), nil)
						check(t, err)
					}
				})
				if c.want == (resource.Imported{}) {
					wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS", "requests[500].need")
				} else if err != nil || got != c.want {
					t.Errorf("imported %+v, %v", got, err)
				}
			})
		}
	})
}

func TestRulesOverSeveralRowsHoldForAnImport(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		s, p, w := openSoles(t, k), openPledges(t, k), openTwins(t, k)
		rows := sheetOf(900, counting)
		for i := range rows {
			rows[i].Message.Category = fmt.Sprintf("category_%d", i)
		}
		rows[800].Message.Category = "category_5"
		check(t, s.create(2000, "category_700"))
		_, err := imports(s.store, &villagev1.ImportNeedsRequest{}, rows, quiet)
		wantFault(t, err, codes.AlreadyExists, categoryTaken, "requests[700].need.category", "requests[800].need.category")

		check(t, p.create(2001, pledge("wells", stock, 1000)))
		rows = sheetOf(900, func(int) int64 { return 1 })
		for i := range rows {
			rows[i].Message.Category = "wells"
		}
		rows[450].Message.Quantity = 600
		_, err = imports(p.store, &villagev1.ImportNeedsRequest{}, rows, quiet)
		wantFault(t, err, codes.FailedPrecondition, "NOT_ENOUGH_LEFT", "requests[450].need.quantity")
		rows[450].Message.Quantity = 101
		must(imports(p.store, &villagev1.ImportNeedsRequest{}, rows, quiet))(t)
		if got := must(p.Counts(t.Context(), "pledged", "wells"))(t)["wells"]; got.Left() != 0 || got.Taken != 1000 {
			t.Errorf("the counter is %+v", got)
		}

		w.must(luxi, 300)
		rows = sheetOf(900, counting)
		for i := range rows {
			rows[i].Name = needName(luxi, 5000+i)
		}
		rows[0].Message.Quantity = 899
		_, err = imports(w.store, &villagev1.ImportNeedsRequest{}, rows, quiet)
		wantFault(t, err, codes.FailedPrecondition, fault.ReasonQuestions, "requests[299].need", "requests[898].need")
		must(imports(w.store, &villagev1.ImportNeedsRequest{Acknowledge: []string{duplicate}}, rows, quiet))(t)
	})
}

func TestPersonalDataOfAnImportIsNowhereInClear(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		spools := t.TempDir()
		t.Setenv("TMPDIR", spools)
		r := &orgv1.ImportOrganizationsRequest{RequestId: idA, Requests: []*orgv1.CreateOrganizationRequest{{Organization: &orgv1.Organization{
			Uscc: uscc, DisplayName: "示例", Division: "divisions/430000000000", Contact: &orgv1.Contact{Person: canary, Phone: "13800000000"},
		}}}}
		orgs := must(resource.NewStore(t.Context(), k.Kit, codedKind()))(t)
		must(orgs.ImportAll(province(), func(yield func(resource.BatchRequest, error) bool) { yield(r, nil) }, func(resource.Progress) {
			if files := must(os.ReadDir(spools))(t); len(files) > 0 {
				t.Errorf("%s is in the directory of temporary files", files[0].Name())
			}
		}))(t)
		read := must(k.orgs.Get(province(), &orgv1.GetOrganizationRequest{Name: "organizations/" + uscc}))(t)
		if read.GetContact() == nil {
			t.Error("the contact is gone")
		}
		if found, rows := k.checked(10, true); len(found) > 0 || rows != 1 {
			t.Errorf("the check found %q in %d rows", found, rows)
		}
	})
}

func TestAnImportHasAnEnd(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	full := &villagev1.ImportNeedsRequest{}
	for range 10_000 {
		full.Requests = append(full.Requests, &villagev1.CreateNeedRequest{Parent: luxi, Need: someNeed(1)})
	}
	read := int32(0)
	_, err := k.needs.ImportAll(province(), func(yield func(resource.BatchRequest, error) bool) {
		for yield(full, nil) {
		}
	}, func(p resource.Progress) { read = p.Read })
	wantFault(t, err, codes.InvalidArgument, "INVALID_REQUEST", "requests")
	if read != resource.MaxImport {
		t.Errorf("%d rows were read, want %d", read, resource.MaxImport)
	}
	if got, err := k.needs.ImportAll(province(), func(func(resource.BatchRequest, error) bool) {}, quiet); err != nil || got != (resource.Imported{}) {
		t.Errorf("without a message: %+v, %v", got, err)
	}
}

func TestWhatHoldsForAllRowsIsSaidByTheFirstMessage(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	for field, second := range map[string]*villagev1.ImportNeedsRequest{
		"request_id": {RequestId: idA}, "validate_only": {ValidateOnly: true}, "skip_identical": {SkipIdentical: true},
		"acknowledge": {Acknowledge: []string{tooManyIs}},
	} {
		_, err := k.needs.ImportAll(province(), func(yield func(resource.BatchRequest, error) bool) {
			_ = yield(&villagev1.ImportNeedsRequest{}, nil) && yield(second, nil)
		}, quiet)
		wantFault(t, err, codes.InvalidArgument, "FIRST_MESSAGE_ONLY", field)
	}
	k.holds("needs", 0)
}
