package resource_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// clerk returns the context of one subject, a clerk of the counties.
func clerk(counties ...string) context.Context {
	by := access.Principal{Subject: "clerk"}
	for _, county := range counties {
		by.Grants = append(by.Grants, &accessv1.Grant{Role: accessv1.Grant_COUNTY_CLERK, Area: county})
	}
	return access.With(context.Background(), by)
}

// movingKind is a kind of needs whose place is in the description, so that they can move.
func movingKind() resource.Kind[*villagev1.Need] {
	kind := needKind()
	kind.Columns[0] = resource.Text("village", func(n *villagev1.Need) string { return access.AreaOf(n.GetDescription()) }).Area()
	return kind
}

func at(place string) *villagev1.Need {
	n := someNeed(1)
	n.Description = place
	return n
}

// move moves needs to another place, as the province.
func (k *kit) move(to string, names ...string) {
	k.Helper()
	for _, name := range names {
		must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: name}, func(n *villagev1.Need) error {
			n.Description = to
			return nil
		}))(k)
	}
}

// writes returns requests of every verb for the needs 1 to 6, each with a request id. They return whether the answer is
// empty, and the error.
func (k *kit) writes(t *testing.T) map[string]func(by context.Context) (empty bool, err error) {
	t.Helper()
	type n = *villagev1.Need
	id := func(i int) string { return fmt.Sprintf("33333333-3333-4333-8333-%012d", i) }
	one := func(m n, err error) (bool, error) { return m == nil, err }
	many := func(b resource.Batch[n], err error) (bool, error) { return len(b.Items) == 0, err }
	for i := 3; i <= 6; i++ {
		must(k.needs.CreateNamed(clerk("433122"), &villagev1.CreateNeedRequest{}, needName(luxi, i), at(luxi), nil))(t)
	}
	chosen := 100
	return map[string]func(by context.Context) (bool, error){
		"create": func(by context.Context) (bool, error) {
			return one(k.needs.CreateNamed(by, &villagev1.CreateNeedRequest{RequestId: id(1)}, needName(luxi, 1), at(luxi), nil))
		},
		"create under a name that the service chooses": func(by context.Context) (bool, error) {
			chosen++
			return one(k.needs.CreateNamed(by, &villagev1.CreateNeedRequest{RequestId: id(2)}, needName(luxi, chosen), at(luxi), nil))
		},
		"batch create, of which one was there": func(by context.Context) (bool, error) {
			return many(k.needs.CreateItems(by, &villagev1.BatchCreateNeedsRequest{RequestId: id(3), SkipIdentical: true}, []resource.Item[n]{
				{Name: needName(luxi, 2), Message: at(luxi)}, {Name: needName(luxi, 3), Message: at(luxi)},
			}, nil))
		},
		"update": func(by context.Context) (bool, error) {
			return one(k.needs.UpdateBy(by, &villagev1.UpdateNeedRequest{RequestId: id(4), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}}},
				&villagev1.Need{Name: needName(luxi, 4), Quantity: 44}, nil))
		},
		"mutate": func(by context.Context) (bool, error) {
			return one(k.needs.Change(by, &villagev1.SubmitNeedRequest{RequestId: id(5), Name: needName(luxi, 5)}, func(m n) error {
				m.Quantity = 55
				return nil
			}))
		},
		"a transaction": func(by context.Context) (bool, error) {
			records, err := k.InTx(by, &villagev1.CreateNeedRequest{RequestId: id(6)}, func(tx *resource.Tx) error {
				old := must(k.needs.Peek(tx.Context(), needName(luxi, 6)))(t)[needName(luxi, 6)]
				updated := proto.CloneOf(old)
				updated.Quantity = 66
				_, err := k.needs.SaveIn(tx, old, updated)
				return err
			})
			return len(records) == 0, err
		},
	}
}

func TestARepeatedRequestIsAnsweredByThePresentGrants(t *testing.T) {
	for name, c := range map[string]struct {
		later context.Context // the same subject when it repeats the request
		moves bool            // whether the needs move to another county in between
	}{
		"a token that never had the right": {clerk("433124"), false},
		"a role that was taken away":       {clerk(), false},
		"a row that moved away":            {clerk("433122"), true},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, k *kit) {
				k.needs = must(resource.NewStore(t.Context(), k.Kit, movingKind()))(t)
				writes := k.writes(t)
				for verb, send := range writes {
					if empty, err := send(clerk("433122")); err != nil || empty && verb != "a transaction" {
						t.Fatalf("%s: %v", verb, err)
					}
				}
				if c.moves {
					page, _, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: luxi})
					check(t, err)
					for _, n := range page {
						k.move(huay, n.GetName())
					}
				}
				entries := len(k.entries())
				for verb, send := range writes {
					empty, err := send(c.later)
					if f, ok := fault.From(err); !empty || !ok || f.Code() != codes.NotFound && f.Code() != codes.PermissionDenied {
						t.Errorf("%s: an answer: %v, error %v, want NOT_FOUND or PERMISSION_DENIED", verb, !empty, err)
					}
				}
				if !c.moves {
					for verb, send := range writes {
						if empty, err := send(clerk("4331", "433122")); err != nil || empty {
							t.Errorf("%s, with the grant back: an answer: %v, error %v", verb, !empty, err)
						}
					}
				}
				if n := len(k.entries()); n != entries {
					t.Errorf("%d entries were written by repetitions", n-entries)
				}
			})
		})
	}
}

func TestARepeatedAnswerHasPersonalFieldsByThePresentRoles(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	as := func(g *accessv1.Grant) context.Context {
		return access.With(context.Background(), access.Principal{Subject: "u", Grants: []*accessv1.Grant{g}})
	}
	o := &orgv1.Organization{Uscc: uscc, Division: "divisions/433124000000", Contact: &orgv1.Contact{Person: canary}}
	r := &orgv1.BatchCreateOrganizationsRequest{RequestId: idA, SkipIdentical: true}
	items := []resource.Item[*orgv1.Organization]{{Name: "organizations/" + uscc, Message: o}}
	must(k.orgs.CreateItems(as(&accessv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: uscc}), r, items, nil))(t)
	again := must(k.orgs.CreateItems(as(&accessv1.Grant{Role: accessv1.Grant_LEADER}), r, items, nil))(t)
	if len(again.Items) != 1 || again.Items[0].GetContact() != nil {
		t.Errorf("repeated by the same subject as a leader: %v, want the organization without its contact", again.Items)
	}
}

func TestANameThatIsTakenElsewhereIsAnsweredAsAPlaceElsewhere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.needs = must(resource.NewStore(t.Context(), k.Kit, movingKind()))(t)
		name := needName(luxi, 1)
		must(k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, name, at(huay), nil))(t)
		by := clerk("433122")
		for _, dry := range []bool{false, true} {
			_, err := k.needs.CreateNamed(by, &villagev1.CreateNeedRequest{ValidateOnly: dry}, name, at(luxi), nil)
			wantFault(t, err, codes.PermissionDenied, "OUTSIDE_AREA")
			_, err = k.needs.CreateItems(by, &villagev1.BatchCreateNeedsRequest{ValidateOnly: dry, SkipIdentical: true},
				[]resource.Item[*villagev1.Need]{{Name: name, Message: at(luxi)}}, nil)
			wantFault(t, err, codes.PermissionDenied, "OUTSIDE_AREA", "requests[0].need")
		}
		_, err := k.InTx(by, &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
			_, err := k.needs.CreateIn(tx, name, at(luxi), nil)
			return err
		})
		wantFault(t, err, codes.PermissionDenied, "OUTSIDE_AREA")
		_, err = k.needs.CreateNamed(clerk("4331"), &villagev1.CreateNeedRequest{}, name, at(luxi), nil)
		wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS")
	})
}

// together returns a barrier for n goroutines. After the first time a goroutine passes at once.
func together(n int) func(who int) {
	var all sync.WaitGroup
	all.Add(n)
	arrived := make([]sync.Once, n)
	return func(who int) {
		arrived[who].Do(all.Done)
		all.Wait()
	}
}

func TestSheetsThatAreUploadedAtOnceAllSucceed(t *testing.T) {
	const uploads = 4
	for name, id := range map[string]func(who int) string{
		"without request ids":           func(int) string { return "" },
		"each with a request id":        func(who int) string { return fmt.Sprintf("44444444-4444-4444-8444-%012d", who) },
		"with the request id of a file": func(int) string { return idA },
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, k *kit) {
				rows := items(someNeed(1), someNeed(2), someNeed(3))
				looked := together(uploads)
				var created [uploads]int32
				var wg sync.WaitGroup
				for who := range uploads {
					mine := slices.Clone(rows)
					if who%2 == 1 && name != "with the request id of a file" {
						slices.Reverse(mine) // reverses the order in which the engines receive the rows
					}
					wg.Go(func() {
						r := &villagev1.BatchCreateNeedsRequest{SkipIdentical: true, RequestId: id(who)}
						batch, err := k.needs.CreateItems(province(), r, mine, func(*villagev1.Need) error {
							looked(who)
							return nil
						})
						if err != nil || len(batch.Items) != 3 || batch.Created+batch.Unchanged != 3 {
							t.Errorf("upload %d: %d items, %d created, %d unchanged, error %v", who, len(batch.Items), batch.Created, batch.Unchanged, err)
						}
						created[who] = batch.Created
					})
				}
				wg.Wait()
				if n := len(k.entries()); n != 3 {
					t.Errorf("%d journal entries, want 3", n)
				}
				if id(0) != id(1) && created[0]+created[1]+created[2]+created[3] != 3 {
					t.Errorf("created %v, want 3 together", created)
				}
			})
		})
	}
}

func TestTransactionsThatWouldCreateTheSameAtOnceAllSucceed(t *testing.T) {
	const importers = 4
	onEachEngine(t, func(t *testing.T, k *kit) {
		looked := together(importers)
		var wg sync.WaitGroup
		for who := range importers {
			wg.Go(func() {
				_, err := k.InTx(province(), &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
					found := must(k.needs.Peek(tx.Context(), needName(luxi, 1)))(t)
					looked(who)
					if len(found) > 0 {
						return nil
					}
					return createAll(tx, k, needsOf(luxi, 0, 0), nil)
				})
				check(t, err)
			})
		}
		wg.Wait()
		if n := len(k.entries()); n != many {
			t.Errorf("%d journal entries, want %d", n, many)
		}
	})
}

func TestATransactionThatDoesNotLookIsTriedTwice(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	k.createNeed(luxi, 1, 7)
	tries := 0
	_, err := k.InTx(province(), &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
		tries++
		_, err := k.needs.CreateIn(tx, needName(luxi, 1), someNeed(1), nil)
		return err
	})
	wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS")
	if tries != 2 {
		t.Errorf("tried %d times, want 2", tries)
	}
}
