package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

const demoCampaign = "campaigns/five-special-actions-2019"

// stated is a figure of the notice.
type stated struct {
	code, zh, en, unit, qualifier string
	value                         int64
}

// notice reads the notice's figures from their transcription.
func notice(t *testing.T) []stated {
	t.Helper()
	f, err := os.Open(suite.File("wancun/internal/demo/notice-2019-indicators.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []stated
	for _, r := range rows[1:] {
		n, err := strconv.ParseInt(r[7], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, stated{code: r[0], zh: r[2], en: r[3], unit: r[4], qualifier: r[6], value: n})
	}
	if len(all) != 40 {
		t.Fatalf("the notice has %d figures, want 40", len(all))
	}
	return all
}

// inEnglish returns the expected English text of the figure, without its unit.
func (s stated) inEnglish() string {
	digits := strconv.FormatInt(s.value, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return map[string]string{"exact": "", "more_than": "more than ", "nearly": "nearly "}[s.qualifier] + digits
}

func TestTheDemoPrintsTheNotice(t *testing.T) {
	r := suite.Run(t, "demo", "--lang", "en")
	if r.Code != 0 {
		t.Fatalf("exit code %d:\n%s", r.Code, r.Err)
	}
	t.Run("with all 40 stated figures", func(t *testing.T) {
		for _, s := range notice(t) {
			line := regexp.MustCompile(fmt.Sprintf(`(?m)^%s .* %s\*?( .*)?$`, s.code, regexp.QuoteMeta(s.inEnglish())))
			if !line.MatchString(r.Out) {
				t.Errorf("%s is not stated as %q", s.code, s.inEnglish())
			}
		}
	})
	t.Run("beside what is recorded and confirmed", func(t *testing.T) {
		for code, want := range map[string]string{
			"BR03": `1,459 +1,459 +[1-9][0-9,]* +100% +agrees`,
			"HH01": `753 +753 +[1-9][0-9]* +100% +agrees`,
			"TT01": `CNY +more than 7,000,000 +1,[0-9,]+ +[0-9,]+ +19\.[0-9]+% +below`,
			"TT02": `CNY +more than 13,000,000 +14,[0-9,]+ +[0-9,]+ +111\.[0-9]+% +above`,
		} {
			if !regexp.MustCompile(`(?m)^` + code + `.*` + want).MatchString(r.Out) {
				t.Errorf("%s is not followed by %s", code, want)
			}
		}
	})
	t.Run("and says that its entries are examples", func(t *testing.T) {
		if !strings.Contains(r.Out, "Everything below county level is an example") {
			t.Error("it does not")
		}
	})
	t.Run("and nothing but the bulletin on standard output", func(t *testing.T) {
		if !strings.HasPrefix(r.Out, "Hunan Provincial Department of Civil Affairs\n") || strings.Contains(r.Out, "…") {
			t.Errorf("it begins with\n%.300s", r.Out)
		}
		if !strings.Contains(r.Err, "deliveries …") {
			t.Errorf("progress on standard error: %q", r.Err)
		}
	})
}

// TestTheDemonstration loads the demonstration once and reads it in every supported way.
func TestTheDemonstration(t *testing.T) {
	s := suite.Up(t, suite.Options{Demo: true})
	whole := t
	page := func(t *testing.T, args ...string) string {
		t.Helper()
		return suite.MustRun(t, append([]string{"bulletin", s.Server()}, args...)...)
	}
	t.Run("is the same bulletin in Chinese", func(t *testing.T) {
		text := page(t, "--lang", "zh")
		for _, want := range []string{"湖南省民政厅", "复明手术", "1,459", "753", "近40万", "县级以下均为示例"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in it", want)
			}
		}
		for _, f := range notice(t) {
			if !regexp.MustCompile(`(?m)^` + f.code + ` .*` + regexp.QuoteMeta(f.zh)).MatchString(text) {
				t.Errorf("%s %s is not in it", f.code, f.zh)
			}
		}
	})
	t.Run("is a page", func(t *testing.T) {
		for lang, want := range map[string][2]string{"zh": {"zh-CN", "近40万"}, "en": {"en", "nearly 400,000"}} {
			html := page(t, "--format", "html", "--lang", lang)
			if !strings.HasPrefix(strings.ToLower(html), "<!doctype html>") || !strings.Contains(html, `lang="`+want[0]+`"`) ||
				!strings.Contains(html, want[1]) || !strings.Contains(html, "</html>") {
				t.Errorf("%s: %.200s", lang, html)
			}
			if outside := regexp.MustCompile(`(src|href)="(https?:)?//`).FindString(html); outside != "" {
				t.Errorf("the page is not self-contained: %s", outside)
			}
		}
	})
	t.Run("is JSON that says what the RPC says", func(t *testing.T) {
		text := []byte(page(t, "--format", "json"))
		if !json.Valid(text) {
			t.Fatalf("it does not parse: %.200s", text)
		}
		b := &reportv1.Bulletin{}
		if err := protojson.Unmarshal(text, b); err != nil {
			t.Fatal(err)
		}
		mustChange(t, b, world.Bulletin(t, s, demoCampaign))
		figures := map[string]*reportv1.Figure{}
		for _, f := range b.GetFigures() {
			figures[f.GetIndicator()] = f
		}
		for _, want := range notice(t) {
			value := want.value
			if want.unit == "CNY" {
				value *= 100
			}
			if got := figures[want.code].GetStated(); got.GetValue() != value || !strings.EqualFold(got.GetQualifier().String(), want.qualifier) {
				t.Errorf("%s is stated as %v, want %s %d", want.code, got, want.qualifier, value)
			}
		}
	})
	t.Run("is the sum of its deliveries", func(t *testing.T) { world.Balanced(t, s, campaignOf(t, s)) })
	t.Run("speaks of the 19 counties of the notice", func(t *testing.T) { nineteenCounties(t, s) })
	t.Run("can be followed down from every figure to provable entries", func(t *testing.T) { followDown(t, s, demoCampaign) })
	t.Run("is not loaded again by the next start", func(t *testing.T) {
		before := world.Bulletin(t, s, demoCampaign)
		if code := s.Stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		again := suite.Up(whole, suite.Options{Dir: s.Dir, Demo: true})
		after := world.Bulletin(t, again, demoCampaign)
		mustChange(t, before, after)
		for i, p := range after.GetAsOf().GetPositions() {
			if was := before.GetAsOf().GetPositions()[i]; p.GetPosition() != was.GetPosition() {
				t.Errorf("%s grew from %d to %d", p.GetLog(), was.GetPosition(), p.GetPosition())
			}
		}
		s = again
	})
	t.Run("passes the audit, running and stopped", func(t *testing.T) {
		token := strings.TrimSpace(suite.MustRun(t, "token", "--data", s.Dir, "--role", "auditor"))
		running := suite.MustRun(t, "verify", s.Server(), "--token", token, "--keys", s.Dir+"/keys")
		s.Stop(t)
		stopped := suite.MustRun(t, "verify", "--data", s.Dir)
		// Only a stopped suite's directory gives access to the tables.
		tables, ok := strings.CutPrefix(stopped, running)
		if !ok || strings.Count(running, "fit the public key") != 4 || strings.Count(tables, "follow from") != 5 {
			t.Errorf("running:\n%sstopped:\n%s", running, stopped)
		}
	})
}

func campaignOf(t *testing.T, s *suite.Suite) *actionv1.Campaign {
	t.Helper()
	c, err := actionv1.NewCampaignServiceClient(s.Conn).GetCampaign(t.Context(), &actionv1.GetCampaignRequest{Name: demoCampaign})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// nineteenCounties compares the scope's counties with the file of facts.
func nineteenCounties(t *testing.T, s *suite.Suite) {
	path := suite.Shared(t, "hunan-target-counties-2019.csv")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, r := range rows[1:] {
		want[r[0][:6]] = true
	}
	scope, err := villagev1.NewScopeServiceClient(s.Conn).GetScope(t.Context(), &villagev1.GetScopeRequest{Name: "scopes/deeply-poor-villages-2019"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, m := range scope.GetMembers() {
		got[strings.TrimPrefix(m.GetVillage(), "villages/")[:6]] = true
	}
	if len(want) != 19 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the scope lies in %v, want %v", got, want)
	}
}
