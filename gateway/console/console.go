// Package console serves the console, the pages for people in the browser. Their sources are in web/. The build writes
// them into dist, which is not committed: a gateway that was built without them serves a page that says how to build
// them.
package console

import (
	"bytes"
	"crypto/rand"
	"embed"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/vearutop/statigz"
)

// files contain dist if the console was built. The pattern also matches missing.html, because a pattern that
// matches nothing stops the compiler.
//
//go:embed all:[dm]*
var files embed.FS

// missing is the page that is served when the console was not built.
//
//go:embed missing.html
var missing []byte

// policy allows the scripts and styles of this server alone, and the style elements that the components of the console
// add, which have the nonce of the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + place + "'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// place is where the nonce of an answer goes, in the document and in the policy.
const place = "__NONCE__"

// Mount serves the pages and the files that they load. All pages are the same document, whose script shows what the
// address says.
func Mount(mux *http.ServeMux) { mount(mux, files) }

func mount(mux *http.ServeMux, built fs.ReadDirFS) {
	page := http.HandlerFunc(notBuilt)
	if document, err := fs.ReadFile(built, "dist/index.html"); err == nil {
		page = pageOf(document)
		mux.Handle("GET /console/assets/", http.StripPrefix("/console", cached(built)))
	}
	for _, path := range []string{"GET /{$}", "GET /console", "GET /console/{page...}"} {
		mux.Handle(path, page)
	}
}

// pageOf returns the handler of a document. Each answer has a nonce of its own.
func pageOf(document []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		nonce := rand.Text() //nolint:forbidigo // a nonce that tests could choose would protect nothing
		w.Header().Set("Content-Security-Policy", strings.ReplaceAll(policy, place, nonce))
		write(w, http.StatusOK, bytes.ReplaceAll(document, []byte(place), []byte(nonce)))
	}
}

// cached serves the files of dist in the encodings that the build wrote. Browsers may keep them, because their names
// change with their content.
func cached(built fs.ReadDirFS) http.Handler {
	assets := statigz.FileServer(built, func(s *statigz.Server) {
		s.FSPrefix = "dist"
		s.Encodings = append(s.Encodings, statigz.Encoding{FileExt: ".br", ContentEncoding: "br"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if assets.Found(r) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		assets.ServeHTTP(w, r)
	})
}

func notBuilt(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusServiceUnavailable, missing)
}

// write writes a page. The browser asks for it each time, because it names the files of this build.
func write(w http.ResponseWriter, status int, page []byte) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	_, _ = w.Write(page) // an error means that the client has disconnected
}
