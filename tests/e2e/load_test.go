package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// clerk loads files from a temporary directory.
type clerk struct {
	suite *suite.Suite
	token string
	dir   string
}

func newClerk(t *testing.T, s *suite.Suite) *clerk {
	t.Helper()
	token := suite.MustRun(t, "token", "--data", s.Dir, "--role", "province_admin")
	return &clerk{suite: s, token: strings.TrimSpace(token), dir: t.TempDir()}
}

func (c *clerk) load(t *testing.T, args ...string) suite.Result {
	t.Helper()
	return suite.Run(t, append([]string{"load", c.suite.Server(), "--token", c.token}, args...)...)
}

// file writes a CSV file and returns its path.
func (c *clerk) file(t *testing.T, name, header string, rows ...string) string {
	t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(header+"\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sheet is a file of one of the six kinds, with the flags that it is loaded with.
type sheet struct {
	kind, header string
	rows         []string
	flags        []string
}

func sheets() []sheet {
	return []sheet{
		{"divisions", "code,name,level,parent_code", []string{
			"430000000000,湖南省,province,", "433100000000,湘西州,prefecture,430000000000", "433124000000,花垣县,county,433100000000",
			"433124101000,示例镇,township,433124000000", "433124101201,示例一村,village,433124101000", "433124101202,示例二村,village,433124101000",
		}, []string{"--edition", "2018-10-31", "--complete"}},
		{"villages", "村代码,村名,是否深度贫困村", []string{"433124101201,,是", "433124101202,示例二村,no"}, nil},
		{"organizations", "uscc,name,type,level,division,contact_person,contact_phone", []string{
			world.Association + ",示例协会,social_group,county,433124,示例联系人,0743-0000000",
			world.Agency + ",示例服务中心,社会服务机构,省级,430000,,",
		}, nil},
		{"needs", "village,category,quantity,unit,survey_date", []string{
			"433124101201,cataract_patients,12,person,2019-06-01", "433124101202,cataract_patients,3,person,2019/6/2",
			"433124101202,cataract_patients,3,person,2019/6/2",
		}, []string{"--acknowledge", world.Duplicate}},
		{"deliveries", "action,indicator,organization,village,delivery_date,quantity,value_yuan,measure", []string{
			"bright,BR03," + world.Association + ",433124101201,2019-08-20,12,,",
			"hope,HP04," + world.Association + ",433124101202,2019-09-01,,\"1,234.56\",现金",
			"hope,HP04," + world.Association + ",433124101202,2019-09-01,,\"1,234.56\",现金",
		}, []string{"--campaign", world.CampaignID, "--acknowledge", world.Duplicate}},
		{"statements", "code,unit,qualifier,value", []string{"BR03,operation,more_than,10", "HP04,CNY,exact,2469"},
			[]string{"--campaign", world.CampaignID, "--as-of", "2019-12-20", "--source", "示例"}},
	}
}

// between creates the resources that the sheets after the organizations need and that no sheet contains.
func between(t *testing.T, s *suite.Suite) {
	t.Helper()
	ctx := s.As(t, "province", world.Admin())
	_, err := orgv1.NewOrganizationServiceClient(s.Conn).ApproveOrganization(s.As(t, "registrar", world.Admin()), &orgv1.ApproveOrganizationRequest{Name: "organizations/" + world.Association})
	if err != nil {
		t.Fatal(err)
	}
	_, err = villagev1.NewScopeServiceClient(s.Conn).CreateScope(ctx, &villagev1.CreateScopeRequest{ScopeId: world.CampaignID, Scope: &villagev1.Scope{
		DisplayName: "示例范围", Members: []*villagev1.ScopeMember{
			{Village: "villages/433124101201", ValidFrom: world.Day(1, 1)}, {Village: "villages/433124101202", ValidFrom: world.Day(1, 1)},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = actionv1.NewCampaignServiceClient(s.Conn).CreateCampaign(ctx, &actionv1.CreateCampaignRequest{CampaignId: world.CampaignID, Campaign: world.TheCampaign()})
	if err != nil {
		t.Fatal(err)
	}
}

// sizes returns the lengths of all journals.
func sizes(t *testing.T, s *suite.Suite) string {
	t.Helper()
	var all []string
	for line := range strings.Lines(suite.MustRun(t, "verify", s.Server(), "--token", s.Token(t, "auditor", suite.Everywhere(accessv1.Grant_AUDITOR)), "--keys", s.Dir+"/keys")) {
		all = append(all, strings.Join(strings.Fields(line)[:2], " "))
	}
	return strings.Join(all, ", ")
}

func TestTheSixKindsOfSheetsAreLoaded(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		c := newClerk(t, s)
		for _, sh := range sheets() {
			if sh.kind == "deliveries" {
				between(t, s)
			}
			if sh.kind == "statements" {
				world.Bulletin(t, s, world.Campaign) // waits until report knows the campaign
			}
			path := c.file(t, sh.kind+".csv", sh.header, sh.rows...)
			t.Run(sh.kind, func(t *testing.T) {
				before := sizes(t, s)
				dry := c.load(t, append(sh.flags, "--dry-run", path)...)
				if want := fmt.Sprintf("would be %d created", len(sh.rows)); dry.Code != 0 || !strings.Contains(dry.Out, want) {
					t.Errorf("dry run: code %d, %q, want %q\n%s", dry.Code, dry.Out, want, dry.Err)
				}
				if after := sizes(t, s); after != before {
					t.Errorf("the dry run wrote: %s, then %s", before, after)
				}
				first := c.load(t, append(sh.flags, path)...)
				if want := fmt.Sprintf("%d %s: %d created", len(sh.rows), sh.kind, len(sh.rows)); first.Code != 0 || !strings.Contains(first.Out, want) {
					t.Fatalf("code %d, %q, want %q\n%s", first.Code, first.Out, want, first.Err)
				}
				before = sizes(t, s)
				second := c.load(t, append(sh.flags, path)...)
				if second.Code != 0 || !strings.Contains(second.Out, "nothing changed") {
					t.Errorf("the second time: code %d, %q %s", second.Code, second.Out, second.Err)
				}
				if after := sizes(t, s); after != before {
					t.Errorf("the second load wrote: %s, then %s", before, after)
				}
			})
		}
		world.Balanced(t, s, world.TheCampaign())
	})
}

func TestASheetWithBadRowsNamesEachAndLoadsNothing(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	c := newClerk(t, s)
	before := sizes(t, s)
	good := "bright,BR03," + world.Association + ",433124101201,2019-08-20,1,"
	path := c.file(t, "deliveries.csv", "action,indicator,organization,village,delivery_date,quantity,note",
		good,
		"bright,BR03,"+world.Association+",433124101201,2019-02-30,1,",
		"bright,BR03,"+world.Association+",43312410120,2019-08-20,many,",
		good+"too,many",
		"bright,BR03,"+world.Association+",433124101201,2019-08-20,-1,",
	)
	t.Run("that can be seen in the file alone", func(t *testing.T) {
		refusedRows(t, c.load(t, "--campaign", world.CampaignID, path), path,
			"3: delivery_date: ", "4: village: ", "4: quantity: ", "5: ", "6: quantity: ")
	})
	path = c.file(t, "services.csv", "action,indicator,organization,village,delivery_date,quantity,note",
		good,
		"bright,XX99,"+world.Association+",433124101201,2019-08-20,1,",
		"dark,BR03,"+world.Association+",433124101201,2019-08-20,1,",
		"bright,BR03,"+world.Foundation+",433124101201,2019-08-20,1,",
		"bright,BR03,"+world.Association+",433124101203,2019-08-20,1,",
		"bright,BR03,"+world.Association+",433124101201,2018-08-20,1,",
	)
	t.Run("that only the services can find", func(t *testing.T) {
		refusedRows(t, c.load(t, "--campaign", world.CampaignID, path), path,
			"3: indicator: ", "4: action: ", "4: indicator: ", "5: organization: ", "6: village: ", "7: delivery_date: ")
	})
	path = c.file(t, "organizations.csv", "uscc,name,type,level,division",
		world.Newcomer+",示例,social_group,county,433124",
		"51433124MJJ0002075,示例,social_group,county,433124",
		world.Newcomer+",另一个,foundation,county,433124",
	)
	t.Run("of both kinds at once", func(t *testing.T) {
		refusedRows(t, c.load(t, path), path, "3: uscc: ", "4: uscc: ")
	})
	for name, header := range map[string]string{"no kind": "a,b,c", "an unknown column": "uscc,name,type,level,division,colour"} {
		t.Run("and a header with "+name+" is refused", func(t *testing.T) {
			path := c.file(t, "header.csv", header, "1,2,3,4,5,6")
			refusedRows(t, c.load(t, path), path, "1: ")
		})
	}
	t.Run("and a file after a bad one is looked at by itself", func(t *testing.T) {
		fine := c.file(t, "fine.csv", "uscc,name,type,level,division", world.Newcomer+",示例,social_group,county,433124")
		if r := c.load(t, "--dry-run", path, fine); r.Code != 1 || !strings.Contains(r.Out, fine+": 1 organization: would be 1 created") {
			t.Errorf("code %d, %q", r.Code, r.Out)
		}
	})
	t.Run("and without a token nothing is loaded", func(t *testing.T) {
		fine := c.file(t, "fine.csv", "uscc,name,type,level,division", world.Newcomer+",示例,social_group,county,433124")
		if r := suite.Run(t, "load", s.Server(), fine); r.Code != 1 || !strings.Contains(r.Err, "TOKEN_MISSING") {
			t.Errorf("code %d, %q", r.Code, r.Err)
		}
	})
	if after := sizes(t, s); after != before {
		t.Errorf("something was written: %s, then %s", before, after)
	}
}

// refusedRows fails the test unless exactly these places are named, each on a line.
func refusedRows(t *testing.T, r suite.Result, path string, places ...string) {
	t.Helper()
	if r.Code != 1 || r.Out != "" {
		t.Errorf("exit code %d, output %q", r.Code, r.Out)
	}
	named := 0
	for line := range strings.Lines(r.Err) {
		if strings.HasPrefix(line, path+":") {
			named++
		}
	}
	for _, place := range places {
		if !strings.Contains(r.Err, "\n"+path+":"+place) && !strings.HasPrefix(r.Err, path+":"+place) {
			t.Errorf("%q is not named", place)
		}
	}
	if named != len(places) || !strings.Contains(r.Err, "nothing of this file was loaded") {
		t.Errorf("%d places are named, want %d:\n%s", named, len(places), r.Err)
	}
}
