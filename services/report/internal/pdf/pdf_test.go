package pdf

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func printer(t *testing.T) *Printer {
	t.Helper()
	p, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheNameOfEveryDivisionCanBePrinted(t *testing.T) {
	p := printer(t)
	for _, r := range "塅垱洣湴溁筻浬郞 某民函〔2019〕8号，：；、（）“”·—…" {
		if !p.Has(r) {
			t.Errorf("the font lacks %c", r)
		}
	}
	file, err := os.Open("../../../../../shared/data/hunan-divisions.csv")
	if err != nil {
		return // the file of all 31,637 divisions is not part of the project
	}
	defer file.Close() //nolint:errcheck // it was only read
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for _, r := range row[1] {
			if !p.Has(r) {
				t.Errorf("%s: the font lacks %c", row[1], r)
			}
		}
	}
}

func TestAFontOfTheOfficeTakesThePlaceOfOurs(t *testing.T) {
	own, err := kai.ReadFile("kai.ttf")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "office.ttf")
	if err := os.WriteFile(file, own, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := New(file)
	if err != nil {
		t.Fatal(err)
	}
	page := []byte(`<html><head><style>@font-face { font-family: "Bulletin"; src: url("font.ttf"); } body { font-family: "Bulletin"; }</style></head><body>通报</body></html>`)
	if out, err := p.Print(t.Context(), page, "zh-CN"); err != nil || !strings.HasPrefix(string(out), "%PDF-") {
		t.Errorf("%.20q, %v", out, err)
	}
	for _, bad := range []string{filepath.Join(t.TempDir(), "none.ttf"), "doc.go"} {
		if _, err := New(bad); err == nil || !strings.Contains(err.Error(), filepath.Base(bad)) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestAPageReadsNothingButItsFont(t *testing.T) {
	page := []byte(`<html><body><img src="/etc/hostname"><img src="http://127.0.0.1:1/x.png"></body></html>`)
	if _, err := printer(t).Print(t.Context(), page, "en"); err == nil {
		t.Error("a page that refers to other files was printed")
	}
}

func TestACallerThatLeavesDoesNotWaitForItsTurn(t *testing.T) {
	p := printer(t)
	for p.slots.TryAcquire(1) {
		continue
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Print(ctx, []byte("<p>x</p>"), "en"); err == nil {
		t.Error("a page was printed without a slot")
	}
}
