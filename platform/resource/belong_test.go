package resource_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

const (
	longhui = "51430524MJJ000100X" // an organization of county 430524
	huayuan = "51433124MJJ000200X" // an organization of county 433124
)

// settle registers an organization with a division.
func (k *kit) settle(uscc, division string) string {
	k.Helper()
	name := "organizations/" + uscc
	must(k.orgs.CreateNamed(province(), &orgv1.CreateOrganizationRequest{}, name, &orgv1.Organization{
		Uscc: uscc, DisplayName: "示例协会", Division: "divisions/" + division,
	}, nil))(k)
	return name
}

// populate creates a branch with a visit for each of two organizations, and returns the names of the second's rows.
func (f *family) populate() (branchName, visitName string) {
	f.Helper()
	for _, name := range []string{f.settle(longhui, "430524000000"), f.settle(huayuan, "433124000000")} {
		branchName = name + "/branches/b"
		must(f.branches.CreateNamed(province(), request{}, branchName, &branch{DisplayName: "支部", Contact: canary}, nil))(f)
		visitName = branchName + "/visits/v"
		must(f.visits.CreateNamed(province(), request{}, visitName, &visit{DisplayName: "走访"}, nil))(f)
	}
	return branchName, visitName
}

// request implements all interfaces of requests. It has no request id.
type request struct {
	name, parent string
	mask         []string
	size         int32
	dry          bool
}

func (r request) GetRequestId() string                  { return "" } //nolint:revive // as generated code names it
func (r request) GetName() string                       { return r.name }
func (r request) GetNames() []string                    { return []string{r.name} }
func (r request) GetEtag() string                       { return "" }
func (r request) GetParent() string                     { return r.parent }
func (r request) GetUpdateMask() *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: r.mask} }
func (r request) GetPageSize() int32                    { return r.size }
func (r request) GetPageToken() string                  { return "" }
func (r request) GetFilter() string                     { return "" }
func (r request) GetOrderBy() string                    { return "" }
func (r request) GetValidateOnly() bool                 { return r.dry }
func (r request) GetSkipIdentical() bool                { return true }

// verbs returns the errors of all operations of a caller on a branch and a visit of it.
func (f *family) verbs(by context.Context, branchName, visitName string) map[string]error {
	did := map[string]error{}
	parent, _, _ := strings.Cut(branchName, "/branches/")
	f.tries++
	fresh := fmt.Sprintf("/branches/%d-", f.tries)
	_, did["get"] = f.branches.Get(by, request{name: branchName})
	_, did["get below"] = f.visits.Get(by, request{name: visitName})
	_, did["batch get"] = f.branches.BatchGet(by, request{name: branchName})
	_, did["create"] = f.branches.CreateNamed(by, request{}, parent+fresh+"one", &branch{}, nil)
	_, did["create below"] = f.visits.CreateNamed(by, request{}, fmt.Sprint(branchName, "/visits/", f.tries), &visit{}, nil)
	_, did["batch create"] = f.branches.CreateItems(by, request{}, []resource.Item[*branch]{{Name: parent + fresh + "batch", Message: &branch{}}}, nil)
	_, did["update"] = f.branches.UpdateBy(by, request{mask: []string{"display_name"}}, &branch{Name: branchName, DisplayName: "新"}, nil)
	_, did["mutate"] = f.branches.Mutate(by, request{name: branchName}, func(b *branch) error { b.DisplayName += "x"; return nil })
	_, did["mutate below"] = f.visits.Mutate(by, request{name: visitName}, func(v *visit) error { v.DisplayName += "x"; return nil })
	_, did["erase"] = f.branches.Erase(by, request{name: branchName})
	_, did["save in a transaction"] = f.InTx(by, request{}, func(t *resource.Tx) error {
		old := must(f.branches.Peek(t.Context(), branchName))(f)[branchName]
		updated := proto.CloneOf(old)
		updated.DisplayName += "y"
		_, err := f.branches.SaveIn(t, old, updated)
		return err
	})
	_, did["create in a transaction"] = f.InTx(by, request{}, func(t *resource.Tx) error {
		_, err := f.branches.CreateIn(t, parent+fresh+"many", &branch{}, nil)
		return err
	})
	return did
}

// listed returns the ids of the organizations whose visits the caller's list contains.
func (f *family) listed(by context.Context) string {
	f.Helper()
	page, _, err := f.visits.List(by, request{parent: "organizations/-/branches/-", size: 100})
	check(f, err)
	var all []string
	for _, v := range page {
		all = append(all, strings.Split(v.Name, "/")[1])
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

func TestRowsWithinAnotherAreReachedThroughItsPlaceAlone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		f := openFamily(t, k)
		branchName, visitName := f.populate()
		for name, c := range map[string]struct {
			by     context.Context
			inside bool
			lists  string
		}{
			"the county's clerk":            {as(accessv1.Grant_COUNTY_CLERK, "433124", ""), true, huayuan},
			"the prefecture's clerk":        {as(accessv1.Grant_PREFECTURE_CLERK, "4331", ""), true, huayuan},
			"the province":                  {province(), true, longhui + " " + huayuan},
			"the organization's manager":    {as(accessv1.Grant_ORGANIZATION_MANAGER, "", huayuan), true, huayuan},
			"a manager bound to the county": {as(accessv1.Grant_ORGANIZATION_MANAGER, "433124", huayuan), true, huayuan},
			"a sibling county's clerk":      {as(accessv1.Grant_COUNTY_CLERK, "430524", ""), false, longhui},
			"a village team below":          {as(accessv1.Grant_VILLAGE_TEAM, "433124001201", ""), false, ""},
			"another's manager":             {as(accessv1.Grant_ORGANIZATION_MANAGER, "", longhui), false, longhui},
			"a manager bound elsewhere":     {as(accessv1.Grant_ORGANIZATION_MANAGER, "430524", huayuan), false, ""},
			"nobody":                        {context.Background(), false, ""},
		} {
			t.Run(name, func(t *testing.T) {
				if got := f.listed(c.by); got != c.lists {
					t.Errorf("the list shows %q, want %q", got, c.lists)
				}
				entries := len(f.entries())
				for verb, err := range f.verbs(c.by, branchName, visitName) {
					t.Run(verb, func(t *testing.T) {
						if c.inside {
							check(t, err)
							return
						}
						wantFault(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
					})
				}
				if wrote := len(f.entries()) - entries; !c.inside && wrote != 0 {
					t.Errorf("%d writes came through", wrote)
				}
			})
		}
	})
}

func TestRowsFollowTheRowThatTheyAreWithin(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		f := openFamily(t, k)
		branchName, visitName := f.populate()
		before, after := as(accessv1.Grant_COUNTY_CLERK, "433124", ""), as(accessv1.Grant_COUNTY_CLERK, "430524", "")
		must(f.orgs.Change(province(), request{name: "organizations/" + huayuan}, func(o *orgv1.Organization) error {
			o.Division = "divisions/430524000000"
			return nil
		}))(t)
		for verb, err := range f.verbs(before, branchName, visitName) {
			t.Run("before, "+verb, func(t *testing.T) { wantFault(t, err, codes.NotFound, "RESOURCE_NOT_FOUND") })
		}
		for verb, err := range f.verbs(after, branchName, visitName) {
			t.Run("after, "+verb, func(t *testing.T) { check(t, err) })
		}
		if got, want := f.listed(before)+";"+f.listed(after), ";"+longhui+" "+huayuan; got != want {
			t.Errorf("the lists show %q, want %q", got, want)
		}
	})
}

func TestPersonalFieldsAreShownToTheManagerOfTheRowAbove(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		f := openFamily(t, k)
		branchName, _ := f.populate()
		both := access.With(context.Background(), access.Principal{Subject: "u", Grants: []*accessv1.Grant{
			{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: longhui}, {Role: accessv1.Grant_LEADER},
		}})
		for name, c := range map[string]struct {
			by   context.Context
			sees bool
		}{
			"its manager": {as(accessv1.Grant_ORGANIZATION_MANAGER, "", huayuan), true},
			"a leader":    {as(accessv1.Grant_LEADER, "", ""), false},
			"another's manager who is a leader as well": {both, false},
		} {
			one := must(f.branches.Get(c.by, request{name: branchName}))(t)
			batch := must(f.branches.BatchGet(c.by, request{name: branchName}))(t)
			page, _, err := f.branches.List(c.by, request{parent: "organizations/" + huayuan})
			check(t, err)
			for _, b := range append(append(page, batch...), one) {
				if got := b.Contact != ""; got != c.sees {
					t.Errorf("%s sees the contact: %v, want %v", name, got, c.sees)
				}
			}
		}
	})
}

func TestNothingIsCreatedUnderAParentThatIsNotThere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		f := openFamily(t, k)
		f.populate()
		for _, r := range []resource.Request{request{}, request{dry: true}} {
			_, err := f.branches.CreateNamed(province(), r, "organizations/53433124MJJ000300X/branches/b", &branch{}, nil)
			wantFault(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
		}
		items := []resource.Item[*branch]{
			{Name: "organizations/" + huayuan + "/branches/one", Message: &branch{}},
			{Name: "organizations/53433124MJJ000300X/branches/two", Message: &branch{}},
		}
		_, err := f.branches.CreateItems(province(), request{}, items, nil)
		wantFault(t, err, codes.NotFound, "RESOURCE_NOT_FOUND", "requests[1].parent")
	})
}

func TestASavedRowIsJudgedWhereItIsAndWhereItGoes(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	name := k.settle(huayuan, "433124000000")
	save := func(by context.Context, to string) error {
		_, err := k.InTx(by, request{}, func(tx *resource.Tx) error {
			old := must(k.orgs.Peek(tx.Context(), name))(t)[name]
			updated := proto.CloneOf(old)
			updated.Division = to
			_, err := k.orgs.SaveIn(tx, old, updated)
			return err
		})
		return err
	}
	wantFault(t, save(as(accessv1.Grant_COUNTY_CLERK, "430524", ""), "divisions/430524000000"), codes.NotFound, "RESOURCE_NOT_FOUND")
	wantFault(t, save(as(accessv1.Grant_COUNTY_CLERK, "433124", ""), "divisions/430524000000"), codes.PermissionDenied, "OUTSIDE_AREA")
	check(t, save(province(), "divisions/430524000000"))
}

func TestAKindSaysOnceWhereItsRowsBelong(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	f := openFamily(t, k)
	other := openKit(t, "sqlite://"+t.TempDir()+"/other.db")
	silent, twice, two := needKind(), needKind(), needKind()
	silent.Columns = silent.Columns[1:]
	twice.Belongs = resource.Nationwide()
	two.Columns = append(two.Columns, resource.Text("second", (*villagev1.Need).GetUnit).Area())
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"nothing":                          {open(k, silent), "want one of the three"},
		"an area and nationwide":           {open(k, twice), "want one of the three"},
		"two areas":                        {open(k, two), "columns village and second both narrow"},
		"within a store that is missing":   {open(k, branchKind(resource.Within[*orgv1.Organization](nil))), "store is missing"},
		"within a store of another":        {open(k, branchKind(resource.Within(other.orgs))), "another kit"},
		"within a room that is not opened": {open(k, branchKind(resource.WithinOf[*villagev1.Village]())), "no room of"},
		"within what is not its parent":    {open(k, branchKind(resource.Within(f.branches))), "not those of children"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("a kind that says %s: %v, want an error that says %q", name, c.err, c.says)
		}
	}
}

func open[M proto.Message](k *kit, kind resource.Kind[M]) error {
	_, err := resource.NewStore(context.Background(), k.Kit, kind)
	return err
}

func TestAMethodThatLetsARoleOfAPlaceWriteANationwideKindStopsTheStart(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	check(t, k.db.Migrate(t.Context(), childMigration, "goose_children"))
	err := fmt.Sprint(open(k, branchKind(resource.Nationwide())))
	for method, refused := range map[string]string{
		"CreateBranch": "COUNTY_CLERK",         // its policy has no area
		"CloseBranch":  "COUNTY_CLERK",         // its area is that of the changed branch, not the present one
		"MoveAnything": "ORGANIZATION_MANAGER", // without an HTTP rule; it returns a branch
		"GetBranch":    "",                     // only reads
		"CreateVisit":  "",                     // is about another kind
	} {
		want := "/wancun.branch.v1.BranchService/" + method + " lets " + refused + " write"
		if got := strings.Contains(err, "/"+method+" lets"); got != (refused != "") || got && !strings.Contains(err, want) {
			t.Errorf("%s: the error is %s", method, err)
		}
	}
	if n := strings.Count(err, " lets "); n != 3 {
		t.Errorf("%d methods are named in %s", n, err)
	}
	// The place in a new row binds the request that creates it, and there is no other request.
	visits := visitKind(resource.Nationwide())
	visits.Parents = villages{}
	if err := open(k, visits); err != nil {
		t.Errorf("visits, which are created where the request says: %v", err)
	}
	nowhere := needKind()
	nowhere.Belongs = resource.Nationwide()
	nowhere.Columns = nowhere.Columns[1:]
	if err := open(k, nowhere); err != nil {
		t.Errorf("needs, of which every request names the village: %v", err)
	}
}
