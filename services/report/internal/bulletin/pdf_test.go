package bulletin

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wancun/wancun/services/report/internal/figure"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

const public = "https://wancun.example"

// printed returns the path of the bulletin as PDF.
func printed(t *testing.T, l reportv1.RenderBulletinRequest_Language, asKnownAt string) string {
	t.Helper()
	r, err := newRenderer(public, "")
	if err != nil {
		t.Fatal(err)
	}
	of := &reportv1.RenderBulletinRequest{Language: l, Format: reportv1.RenderBulletinRequest_PDF, AsKnownAt: asKnownAt}
	body, err := r.render(t.Context(), noticeBulletin(), of)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.render(t.Context(), noticeBulletin(), of)
	if err != nil || string(again.GetData()) != string(body.GetData()) {
		t.Errorf("the same bulletin gave other bytes (%v)", err)
	}
	file := filepath.Join(t.TempDir(), "bulletin.pdf")
	if err := os.WriteFile(file, body.GetData(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// read runs a program that reads PDFs or codes and returns what it prints. It must have no complaint.
func read(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("%s is missing: make test brings it", program)
	}
	c := exec.CommandContext(t.Context(), path, args...)
	var complaint strings.Builder
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("%s %v: %v %s", program, args, err, complaint.String())
	}
	return string(out)
}

func TestThePDFHasEveryFigureOnA4WithItsFontEmbedded(t *testing.T) {
	for _, l := range []reportv1.RenderBulletinRequest_Language{reportv1.RenderBulletinRequest_CHINESE, reportv1.RenderBulletinRequest_ENGLISH} {
		file := printed(t, l, "")
		if about := read(t, "pdfinfo", file); !regexp.MustCompile(`Page size: +595\.28 x 841\.89 pts \(A4\)`).MatchString(about) || !strings.Contains(about, "Producer:        Wancun") {
			t.Errorf("%v: pdfinfo says %s", l, about)
		}
		for i, line := range strings.Split(strings.TrimSpace(read(t, "pdffonts", file)), "\n") {
			if i > 1 && !regexp.MustCompile(`WancunKai-Regular +CID TrueType +Identity-H +yes yes yes`).MatchString(line) {
				t.Errorf("%v: a font that is not embedded, or that offices may not have: %s", l, line)
			}
		}
		text := strings.Join(strings.Fields(read(t, "pdftotext", "-layout", file, "-")), " ")
		for _, r := range notice() {
			s := r.statement()
			want := figure.Qualified{Value: s.GetValue(), Qualifier: s.GetQualifier()}.Text(l, r.unit)
			if !strings.Contains(text, r.id) || !strings.Contains(text, strings.Fields(want)[0]) {
				t.Errorf("%v: %s %q is missing", l, r.id, want)
			}
		}
		if !regexp.MustCompile(`— ?1 ?—`).MatchString(text) || !strings.Contains(text, "某民函〔2019〕8号") {
			t.Errorf("%v: the number of the page or that of the document is missing", l)
		}
	}
}

func TestTheCodeOnPaperLeadsToTheBulletinOfThatMoment(t *testing.T) {
	file := printed(t, reportv1.RenderBulletinRequest_ENGLISH, "2019-12-20T08:00:00Z")
	picture := filepath.Join(t.TempDir(), "page")
	read(t, "pdftoppm", "-r", "150", "-png", file, picture)
	pages, err := filepath.Glob(picture + "*.png")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range pages {
		if out, err := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", p).Output(); err == nil { // it fails on a page without a code
			found = append(found, strings.TrimSpace(string(out)))
		}
	}
	want := public + "/v1/campaigns/five-actions-2019/bulletin:render?asKnownAt=2019-12-20T08%3A00%3A00Z&format=HTML&language=ENGLISH"
	if len(found) != 1 || found[0] != want {
		t.Errorf("the codes on the pages say %q, want %s", found, want)
	}
}

func TestAnAddressThatNoBrowserOpensIsRefusedAtTheStart(t *testing.T) {
	for _, bad := range []string{"wancun.example", "ftp://wancun.example", "https://", "::"} {
		if _, err := newRenderer(bad, ""); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
