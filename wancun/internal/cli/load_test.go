package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
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

// loader runs wancun load against a running suite, with a token.
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

// refused fails the test unless exactly these problems are printed for a file.
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

// counted starts a proxy in front of a suite's gateway that counts the calls that write.
func counted(t *testing.T, s suite) (server string, calls *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(s.rest)
	if err != nil {
		t.Fatal(err)
	}
	calls = &atomic.Int64{}
	forward := httputil.NewSingleHostReverseProxy(to)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			calls.Add(1)
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	return between.URL, calls
}

func TestBadRowsAreNamedInOnePassHoweverManyThereAre(t *testing.T) {
	s, l := loads(t)
	var calls *atomic.Int64
	l.server, calls = counted(t, s)
	const n = 99_000
	made := func(row func(township, village int) string) []string {
		lines := []string{hunan[0]}
		for i := range n {
			lines = append(lines, row(i/900+100, i%900+1))
		}
		return lines
	}
	for name, c := range map[string]struct {
		lines []string
		calls int64
		want  string
	}{
		"found by the suite": {
			made(func(township, village int) string {
				return fmt.Sprintf("433199%03d%03d,示例村,,village,433199%03d000,", township, village, township)
			}), 1, "2-99001: parent_code: is neither in this edition nor among the divisions that are not retired",
		},
		"found before the suite is asked": {
			made(func(township, village int) string {
				return fmt.Sprintf("433199%03d%03d,示例村,,level-%d,433199%03d000,", township, village, village, township)
			}), 0, `2-99001: level: none of province, prefecture, county, township, village, such as "level-1"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			calls.Store(0)
			path := file(t, "divisions.csv", c.lines...)
			r := l.run(t, "--edition", "2020-06-30", path)
			refused(t, r, path, c.want)
			if !strings.Contains(r.note, fmt.Sprintf("\n%d problems; nothing of this file was loaded\n", n)) || calls.Load() != c.calls {
				t.Errorf("%d calls, and it ends with %s", calls.Load(), lastLine(r.note))
			}
		})
	}
}

func TestScatteredRowsAreNamedByTheirLines(t *testing.T) {
	s, l := loads(t)
	var calls *atomic.Int64
	l.server, calls = counted(t, s)
	lines := []string{villages}
	for i := range 6_000 {
		code := fmt.Sprintf("4331245%02d%03d", i/900+11, i%900+1) // valid, but in no edition
		if i%3 == 0 {
			code = fmt.Sprintf("%d", i) // not a valid code
		}
		lines = append(lines, code+",示例村,no")
	}
	path := file(t, "villages.csv", lines...)
	r := l.run(t, path)
	refused(t, r, path,
		`2,5,8,11,14,17,20,23,26,29,32,35,38,41,44,47,50,53,56,59 and 1980 further rows: code: not a code of 12 digits, such as "0"`,
		"3-4,6-7,9-10,12-13,15-16,18-19,21-22,24-25,27-28,30-31,33-34,36-37,39-40,42-43,45-46,48-49,51-52,54-55,57-58,60-61 "+
			"and 3960 further rows: code: no imported edition holds this division")
	if !strings.Contains(r.note, "\n6000 problems; nothing of this file was loaded\n") || calls.Load() != 1 {
		t.Errorf("%d calls, and it ends with %s", calls.Load(), lastLine(r.note))
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
		refused(t, l.run(t, early), early, `2: village: no such village is registered: load it first, from a file of villages: "433124599202"`)
	})
	t.Run("when rows lie where the caller has no say", func(t *testing.T) {
		token := strings.TrimSpace(must(t, "token", "--data", s.data, "--role", "village_team", "--area", "433124599201").out)
		away := file(t, "away.csv", needs, "433124599202,other,3,person,2019-08-20", "433124599201,other,3,person,2019-08-20",
			"433124599203,other,3,person,2019-08-20", "433124599202,other,-3,person,2019-08-20", "433124599202,other,1,person,2019-08-20")
		r := loader{s.rpc, token}.run(t, away)
		refused(t, r, away, "2,4,6: village: outside the area of the caller's role", `5: quantity: must not be negative: "-3"`)
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

func TestAFlagThatFitsNoFileIsRefusedBeforeAnyIsLoaded(t *testing.T) {
	_, l := loads(t)
	people := file(t, "organizations.csv", organizations, "51430000MJJ0000129,示例协会,social_group,provincial,430000000000")
	places := file(t, "villages.csv", villages, "433124599201,示例一村,yes")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--campaign", "five", people}, "--campaign: a file of organizations has no use for it"},
		{[]string{"--edition", "2020-06-30", "--complete", "--as-of", "2020-06-30", "--source", "x", "--acknowledge", "X", people, places},
			"--edition, --complete, --as-of, --acknowledge, --source: none of the files has a use for it"},
	} {
		if r := l.run(t, c.args...); r.code == 0 || !strings.Contains(r.note, c.want) || r.out != "" {
			t.Errorf("wancun load %v: exit %d, %q%q, want %q and nothing loaded", c.args, r.code, r.out, r.note, c.want)
		}
	}
	l.must(t, people, places)
}
