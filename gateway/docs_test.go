package gateway_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/wancun/wancun/gateway"
)

var link = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

func TestTheDocsWorkWithoutANetwork(t *testing.T) {
	h := open(t, unreached(t))
	r := ask(t, h, "GET", "/docs", "")
	text := textOf(t, r)
	if r.StatusCode != http.StatusOK || !strings.Contains(text, `"/openapi.json"`) {
		t.Fatalf("%s: %s", r.Status, text)
	}
	links := link.FindAllStringSubmatch(text, -1)
	if len(links) < 4 {
		t.Fatalf("only %d assets", len(links))
	}
	for _, l := range links {
		if !strings.HasPrefix(l[1], "/docs/") {
			t.Errorf("%s is somewhere else", l[1])
			continue
		}
		for _, accepts := range []string{"identity", "gzip"} {
			if asset := ask(t, h, "GET", l[1], "", "Accept-Encoding: "+accepts); asset.StatusCode != http.StatusOK || len(textOf(t, asset)) == 0 {
				t.Errorf("%s is answered %s", l[1], asset.Status)
			}
		}
	}
}

func TestThePublicKeysOfTheJournalsAreServedByLog(t *testing.T) {
	h := open(t, unreached(t), func(_ *gateway.Config, d *gateway.Deps) {
		d.PublicKeys = map[string]string{"logs/action": "wancun/action+5e1d+key"}
	})
	r := ask(t, h, "GET", "/keys.json", "")
	if text := textOf(t, r); r.StatusCode != http.StatusOK || text != `{"keys":{"logs/action":"wancun/action+5e1d+key"}}`+"\n" {
		t.Errorf("%s %s", r.Status, text)
	}
	if text := textOf(t, ask(t, open(t, unreached(t)), "GET", "/keys.json", "")); text != `{"keys":{}}`+"\n" {
		t.Errorf("without keys: %s", text)
	}
}
