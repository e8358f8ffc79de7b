package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	organizations = "统一社会信用代码,name,type,level,division"
	villages      = "code,name,deeply_poor"
	needs         = "village,category,quantity,unit,survey_date"
)

// townships are divisions down to two villages.
var townships = append(hunan[:3:3],
	"433124000000,花垣县,Huayuan,county,433100000000,", "433124599000,示例镇,,township,433124000000,",
	"433124599201,示例一村,,village,433124599000,", "433124599202,示例二村,,village,433124599000,")

// loader loads files into a running suite as a role.
type loader struct{ server, token string }

func loads(t *testing.T) (suite, loader) {
	t.Helper()
	s := up(t, t.TempDir())
	l := loader{s.rpc, s.token(t, "province_admin")}
	l.must(t, "--edition", "2020-06-30", file(t, "divisions.csv", townships...))
	return s, l
}

func (l loader) run(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, append([]string{"load", "--server", l.server, "--token", l.token}, args...)...)
}

func (l loader) must(t *testing.T, args ...string) {
	t.Helper()
	if r := l.run(t, args...); r.code != 0 {
		t.Fatalf("wancun load %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.note)
	}
}

// refused fails the test unless exactly these lines are said of a file.
func refused(t *testing.T, r result, path string, want ...string) {
	t.Helper()
	var said []string
	for _, line := range strings.Split(r.note, "\n") {
		if rest, ok := strings.CutPrefix(line, path+":"); ok {
			said = append(said, rest)
		}
	}
	if r.code != 1 || strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("exit %d, said of %s:\n%s\nwant:\n%s\nall of it:\n%s", r.code, path, strings.Join(said, "\n"), strings.Join(want, "\n"), r.note)
	}
}

func TestEveryBadRowIsNamedHoweverManyThereAre(t *testing.T) {
	_, l := loads(t)
	lines := []string{villages}
	for i := range 2500 {
		lines = append(lines, fmt.Sprintf("4331245%02d%03d,示例村,no", i/900+11, i%900+1)) // in no edition
	}
	r := l.run(t, file(t, "unknown.csv", lines...))
	if n := strings.Count(r.note, "no imported edition holds the division"); r.code != 1 || n != 2500 {
		t.Errorf("exit %d, %d rows are named", r.code, n)
	}
	if !strings.Contains(r.note, "\n2500 problems; nothing of this file was loaded\n") {
		t.Errorf("it ends with %s", lastLine(r.note))
	}
}

func TestEachFileIsLoadedByItself(t *testing.T) {
	_, l := loads(t)
	bad := file(t, "bad.csv", organizations, "51430000MJJ509249B,示例,fellowship,provincial,430000")
	good := file(t, "good.csv", villages, "433124599201,,yes", "433124599202,,no")
	missing := filepath.Join(t.TempDir(), "missing.csv")
	r := l.run(t, bad, missing, good)
	if r.code != 1 || r.out != good+": 2 villages: 2 created, 0 unchanged\n" {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.note)
	}
	refused(t, r, bad, `2: type: none of social_group, service_agency, foundation: "fellowship"`)
	for _, want := range []string{"1 problem; nothing of this file", missing + ": no such file or directory", "2 of 3 files could not be loaded"} {
		if !strings.Contains(r.note, want) {
			t.Errorf("%q is not said:\n%s", want, r.note)
		}
	}
	t.Run("unless it builds on one that was refused", func(t *testing.T) {
		bad := file(t, "villages.csv", villages, "433124599201,,perhaps")
		builds := file(t, "needs.csv", needs, "433124599209,other,3,person,2019-08-20")
		r := l.run(t, bad, builds)
		if want := builds + ": not loaded, because it builds on " + bad; r.code != 1 || !strings.Contains(r.note, want) {
			t.Errorf("exit %d: %s", r.code, r.note)
		}
	})
	t.Run("or each would fare the same", func(t *testing.T) {
		r := run(t, "load", "--server", l.server, "--token", "none", good, bad)
		if want := "not looked at: " + bad; r.code != 1 || !strings.Contains(r.note, want) || !strings.Contains(r.note, "wancun: TOKEN_INVALID: ") {
			t.Errorf("exit %d: %s", r.code, r.note)
		}
	})
}

func TestARefusalNamesTheColumnOfTheFile(t *testing.T) {
	s, l := loads(t)
	l.must(t, file(t, "villages.csv", villages, "433124599201,,yes"))
	l.must(t, file(t, "organizations.csv", organizations+",联系人", "51430000MJJ509249B,示例,social_group,provincial,430000,示例联系人"))
	t.Run("when a row exists with other content", func(t *testing.T) {
		other := file(t, "other.csv", organizations, "51430000MJJ509249B,另一个,foundation,provincial,430000")
		refused(t, l.run(t, other), other, "2: 统一社会信用代码: exists already with other content; it differs in name, type, contact_person")
		other = file(t, "other.csv", villages, "433124599201,,no")
		refused(t, l.run(t, other), other, "2: code: exists already with other content; it differs in deeply_poor")
	})
	t.Run("when a village is not registered yet", func(t *testing.T) {
		early := file(t, "needs.csv", needs, "433124599202,other,3,person,2019-08-20")
		refused(t, l.run(t, early), early, `2: village: no village is registered under "433124599202": load it first, from a file of villages`)
	})
	t.Run("when rows lie where the caller has no say", func(t *testing.T) {
		token := strings.TrimSpace(must(t, "token", "--data", s.data, "--role", "village_team", "--area", "433124599201").out)
		away := file(t, "away.csv", needs, "433124599202,other,3,person,2019-08-20", "433124599201,other,3,person,2019-08-20",
			"433124599203,other,3,person,2019-08-20", "433124599202,other,-3,person,2019-08-20", "433124599202,other,1,person,2019-08-20")
		r := loader{s.rpc, token}.run(t, away)
		refused(t, r, away, "2: village: outside the area of the caller's role", "4: village: outside the area of the caller's role",
			`5: quantity: must not be negative: "-3"`, "6: village: outside the area of the caller's role")
	})
}

func TestARefusalNamesTheFlagThatIsAtFault(t *testing.T) {
	_, l := loads(t)
	t.Run("because it is missing", func(t *testing.T) {
		path := file(t, "divisions.csv", hunan...)
		refused(t, l.run(t, path), path, " --edition is needed: the day as of which the codes stand, for example --edition 2020-06-30")
	})
	t.Run("because it is behind what is loaded", func(t *testing.T) {
		path := file(t, "divisions.csv", hunan...)
		refused(t, l.run(t, "--edition", "2019-06-30", path), path, " --edition: the edition of 2020-06-30 was imported, which is later than 2019-06-30")
	})
	t.Run("because there is no such campaign", func(t *testing.T) {
		path := file(t, "statements.csv", "code,unit,qualifier,value", "BR01,session,exact,1", "BR02,person,exact,2")
		refused(t, l.run(t, "--campaign", "none", "--as-of", "2019-12-20", "--source", "s", path), path, " --campaign: there is no such campaign")
	})
}

func TestNoFileIsTakenForAnother(t *testing.T) {
	_, l := loads(t)
	dir := t.TempDir()
	if r := l.run(t, dir); r.code != 1 || !regexp.MustCompile(`(?m)^wancun: `+regexp.QuoteMeta(dir)+`: is a directory$`).MatchString(r.note) {
		t.Errorf("exit %d: %s", r.code, r.note)
	}
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o000); err != nil {
		t.Fatal(err)
	}
	r := run(t, "token", "--data", locked, "--role", "auditor")
	if os.Geteuid() != 0 && (r.code != 1 || !strings.Contains(r.note, "permission denied")) {
		t.Errorf("exit %d: %s", r.code, r.note)
	}
}
