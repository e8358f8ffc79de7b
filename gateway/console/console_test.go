package console

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// built is a console of one script, which the build has also compressed.
var built = fstest.MapFS{
	"dist/index.html":        {Data: []byte(`<script nonce="__NONCE__" src="/console/assets/a1.js"></script>`)},
	"dist/assets/a1.js":      {Data: []byte("plain")},
	"dist/assets/a1.js.br":   {Data: []byte("br")},
	"dist/assets/a1.js.gz":   {Data: []byte("gzip")},
	"dist/assets/wancun.svg": {Data: []byte("<svg/>")},
}

func ask(t *testing.T, from fs.ReadDirFS, target, encoding string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	mount(mux, from)
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func TestEachAddressOfTheConsoleIsTheDocumentWithANonceOfItsOwn(t *testing.T) {
	nonce := regexp.MustCompile(`nonce="([^"]+)"`)
	seen := map[string]bool{}
	for _, target := range []string{"/", "/console", "/console/", "/console/list/villages/-/needs"} {
		w := ask(t, built, target, "")
		found := nonce.FindStringSubmatch(w.Body.String())
		if w.Code != http.StatusOK || found == nil {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		policy := w.Header().Get("Content-Security-Policy")
		if seen[found[1]] || !strings.Contains(policy, "'nonce-"+found[1]+"'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the nonce is %s, the policy %s", target, found[1], policy)
		}
		if w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s is kept by browsers: %v", target, w.Header())
		}
		seen[found[1]] = true
	}
}

func TestFilesAreSentAsTheBuildCompressedThemAndKeptByBrowsers(t *testing.T) {
	for encoding, want := range map[string]string{"": "plain", "gzip": "gzip", "gzip, br": "br"} {
		w := ask(t, built, "/console/assets/a1.js", encoding)
		if w.Body.String() != want || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("for %q: %d %s %v", encoding, w.Code, w.Body, w.Header())
		}
	}
	if w := ask(t, built, "/console/assets/b2.js", "br"); w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "" {
		t.Errorf("a file of another build: %d %v", w.Code, w.Header())
	}
}

func TestAServerBuiltWithoutNodeSaysHowToBuildTheConsole(t *testing.T) {
	for _, target := range []string{"/", "/console", "/console/list/needs", "/console/assets/a1.js"} {
		w := ask(t, fstest.MapFS{}, target, "")
		for _, words := range []string{"make build", "Node.js 20", "控制台尚未构建", `href="/docs"`} {
			if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), words) {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
		}
	}
}
