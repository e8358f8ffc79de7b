package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/swaggest/swgui/v5emb"

	"github.com/wancun/wancun/gateway/openapi"
	"github.com/wancun/wancun/platform/fault"
)

// docsPolicy allows the API documentation page to run its own scripts, including inline ones, and to call this server.
const docsPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// mountDocs serves the OpenAPI document and a page to read it. The page's scripts are embedded, so it works without
// Internet access.
func mountDocs(mux *http.ServeMux, compressed func(http.Handler) http.Handler) {
	mux.Handle("GET /openapi.json", compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(openapi.Document)))
		_, _ = w.Write(openapi.Document) // an error means that the client has disconnected
	})))
	viewer := v5emb.New("Wancun", "/openapi.json", "/docs/")
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		viewer.ServeHTTP(w, r)
	})
	mux.Handle("GET /docs/", page)
	mux.Handle("GET /docs", page)
}

// mountKeys serves the public keys of the journals by log. A key that a server names itself proves only that the server is
// consistent, so the console tells people to compare it with one from elsewhere.
func mountKeys(mux *http.ServeMux, keys map[string]string) {
	if keys == nil {
		keys = map[string]string{}
	}
	mux.HandleFunc("GET /keys.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys}) // an error means that the client has disconnected
	})
}

// mountHealth serves liveness, which checks nothing, and readiness. The reason and the message of a typed readiness
// error are public.
func mountHealth(mux *http.ServeMux, d Deps) {
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }
	mux.HandleFunc("GET /healthz", ok)
	var ready atomic.Bool // the last response, so that only changes are logged
	ready.Store(true)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if d.Ready != nil {
			if err := d.Ready(r.Context()); err != nil {
				if ready.Swap(false) {
					d.Logger.WarnContext(r.Context(), "not ready", "error", err)
				}
				text := "not ready"
				if f, ok := fault.From(err); ok {
					text += ": " + f.Reason() + ": " + f.Message()
				}
				http.Error(w, text, http.StatusServiceUnavailable)
				return
			}
		}
		ready.Store(true)
		ok(w, r)
	})
}
