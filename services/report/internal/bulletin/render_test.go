package bulletin

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

var update = flag.Bool("update", false, "write the golden pages anew")

func rendered(t *testing.T, l reportv1.RenderBulletinRequest_Language, f reportv1.RenderBulletinRequest_Format) string {
	t.Helper()
	return renderedOf(t, noticeBulletin(), l, f)
}

func renderedOf(t *testing.T, b *reportv1.Bulletin, l reportv1.RenderBulletinRequest_Language, f reportv1.RenderBulletinRequest_Format) string {
	t.Helper()
	r, err := newRenderer("", "")
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.render(t.Context(), b, &reportv1.RenderBulletinRequest{Language: l, Format: f})
	if err != nil {
		t.Fatal(err)
	}
	return string(body.GetData())
}

func TestThePagesOfTheNoticeAreAsTheyWereRead(t *testing.T) {
	for name, form := range map[string]struct {
		language reportv1.RenderBulletinRequest_Language
		format   reportv1.RenderBulletinRequest_Format
	}{
		"notice.en.txt":  {reportv1.RenderBulletinRequest_ENGLISH, reportv1.RenderBulletinRequest_TEXT},
		"notice.zh.txt":  {reportv1.RenderBulletinRequest_CHINESE, reportv1.RenderBulletinRequest_TEXT},
		"notice.en.html": {reportv1.RenderBulletinRequest_ENGLISH, reportv1.RenderBulletinRequest_HTML},
		"notice.zh.html": {reportv1.RenderBulletinRequest_CHINESE, reportv1.RenderBulletinRequest_HTML},
	} {
		t.Run(name, func(t *testing.T) {
			got := []byte(rendered(t, form.language, form.format))
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s (-want +got; -update accepts):\n%s", golden, cmp.Diff(string(want), string(got)))
			}
		})
	}
}

func TestEveryStatedFigureStandsOnEveryPage(t *testing.T) {
	if n := len(notice()); n != 40 {
		t.Fatalf("the notice has %d figures, want 40", n)
	}
	for _, l := range []reportv1.RenderBulletinRequest_Language{reportv1.RenderBulletinRequest_ENGLISH, reportv1.RenderBulletinRequest_CHINESE} {
		for _, f := range []reportv1.RenderBulletinRequest_Format{reportv1.RenderBulletinRequest_TEXT, reportv1.RenderBulletinRequest_HTML} {
			text := rendered(t, l, f)
			for _, r := range notice() {
				s := r.statement()
				want := figure.Qualified{Value: s.GetValue(), Qualifier: s.GetQualifier()}.Text(l, r.unit)
				if !strings.Contains(text, want) || !strings.Contains(text, r.id) {
					t.Errorf("%v %v: %s %q is missing", l, f, r.id, want)
				}
			}
		}
	}
	for _, want := range []string{"1,459", "753", "more than CNY 50,000,000", "78.43%"} {
		if !strings.Contains(rendered(t, reportv1.RenderBulletinRequest_ENGLISH, reportv1.RenderBulletinRequest_TEXT), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestWhatALetterheadLacksIsLeftOut(t *testing.T) {
	b := noticeBulletin()
	for _, f := range []reportv1.RenderBulletinRequest_Format{reportv1.RenderBulletinRequest_TEXT, reportv1.RenderBulletinRequest_HTML} {
		b.Letterhead = noticeBulletin().GetLetterhead()
		full := renderedOf(t, b, reportv1.RenderBulletinRequest_CHINESE, f)
		b.Letterhead = nil
		bare := renderedOf(t, b, reportv1.RenderBulletinRequest_CHINESE, f)
		for _, part := range []string{"某民函〔2019〕8号", "各市州民政局、有关社会组织："} {
			if !strings.Contains(full, part) || strings.Contains(bare, part) {
				t.Errorf("%v: %q is on the page with a letterhead: %v, without: %v", f, part, strings.Contains(full, part), strings.Contains(bare, part))
			}
		}
		for _, empty := range []string{`<p class="number"></p>`, `<p class="addressees"></p>`, "\n\n\n"} {
			if strings.Contains(bare, empty) {
				t.Errorf("%v: the page has %q", f, empty)
			}
		}
	}
}

func TestTextColumnsAreAlignedWhereChineseCharactersAreTwoWide(t *testing.T) {
	ends := map[int]bool{}
	for line := range strings.Lines(rendered(t, reportv1.RenderBulletinRequest_CHINESE, reportv1.RenderBulletinRequest_TEXT)) {
		for _, id := range []string{"BR03", "HP04", "PV03", "CM01"} {
			if strings.HasPrefix(line, id) {
				ends[runewidth.StringWidth(strings.TrimRight(line, "\n"))] = true
			}
		}
	}
	if len(ends) != 1 {
		t.Errorf("lines end in columns %v, want one", ends)
	}
}

// cells returns the cells in the tables of a page, each with its classes.
func cells(html string) [][]string {
	return regexp.MustCompile(`<td(?: class="([a-z ]+)")?[^>]*>([^<]*)</td>`).FindAllStringSubmatch(html, -1)
}

func TestNumbersArePrintedAsPeopleWriteThem(t *testing.T) {
	for l, c := range map[reportv1.RenderBulletinRequest_Language]struct {
		unit   string
		cells  []string
		no     *regexp.Regexp
		totals string
	}{
		reportv1.RenderBulletinRequest_CHINESE: {
			"万元", []string{"超过700", "134.5", "1,370", "76.5", "58", "近40万*", "5万*", "1,459", "100%", "19.21%"},
			regexp.MustCompile(`\d\.\d*0(\D|$)|\d{4}|\d万元|元.*\d`), "其中：现金（万元）",
		},
		reportv1.RenderBulletinRequest_ENGLISH: {
			"CNY", []string{"more than 7,000,000", "1,345,000", "13,700,001.50", "nearly 400,000*", "50,000*", "1,459", "100%", "19.21%"},
			regexp.MustCompile(`\.00|\d{4}|CNY \d`), "of which cash (CNY)",
		},
	} {
		html, seen := rendered(t, l, reportv1.RenderBulletinRequest_HTML), map[string]bool{}
		for _, cell := range cells(html) {
			seen[cell[2]] = true
			if !strings.Contains(cell[1], "name") && c.no.MatchString(cell[2]) {
				t.Errorf("%v: a cell is %q", l, cell[2])
			}
		}
		for _, want := range append(c.cells, c.unit, c.totals) {
			if !seen[want] {
				t.Errorf("%v: no cell is %q", l, want)
			}
		}
	}
}

func TestWhereRowsAreCardsEachNumberHasItsTitleBesideIt(t *testing.T) {
	html := rendered(t, reportv1.RenderBulletinRequest_ENGLISH, reportv1.RenderBulletinRequest_HTML)
	_, narrow, found := strings.Cut(html, "@media screen and (max-width: 1000px)")
	narrow, _, _ = strings.Cut(narrow, "@media print")
	if !found {
		t.Fatal("there is no layout for narrow screens")
	}
	for line := range strings.Lines(html) {
		row := cells(line)
		if len(row) == 0 || strings.Contains(line, `class="sum"`) {
			continue
		}
		if want := len(wordsIn(reportv1.RenderBulletinRequest_ENGLISH).columns()); len(row) != want {
			t.Errorf("a row has %d cells, want %d: %s", len(row), want, line)
		}
		for _, cell := range row {
			class, _, _ := strings.Cut(cell[1], " ")
			placed, labelled := strings.Contains(narrow, "td."+class+" {"), strings.Contains(narrow, "td."+class+"::before { content: ")
			if wantLabel := class != "code" && class != "name" && class != "unit"; !placed || labelled != wantLabel {
				t.Errorf("cell %q of class %q: it has a place %v and a title %v, want true and %v", cell[2], class, placed, labelled, wantLabel)
			}
		}
	}
}

func TestHTMLIsEscapedAndNeedsNothingFromOutside(t *testing.T) {
	html := rendered(t, reportv1.RenderBulletinRequest_ENGLISH, reportv1.RenderBulletinRequest_HTML)
	if strings.Contains(html, "<examples>") || !strings.Contains(html, "&lt;examples&gt; &amp; nothing else") {
		t.Error("the note is not escaped")
	}
	for _, outside := range []string{"http:", "https:", "src=", "<link", "<script", "@import", "url("} {
		if strings.Contains(html, outside) {
			t.Errorf("the page refers to something outside: %s", outside)
		}
	}
}

func TestJSONIsTheBulletinItself(t *testing.T) {
	got := &reportv1.Bulletin{}
	if err := protojson.Unmarshal([]byte(rendered(t, 0, reportv1.RenderBulletinRequest_JSON)), got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(noticeBulletin(), got, protocmp.Transform()); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}
