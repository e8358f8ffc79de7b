package gateway

import (
	"context"
	"net/http"
	"strconv"

	"github.com/swaggest/swgui/v5emb"

	"github.com/wancun/wancun/gateway/openapi"
)

// mountDocs serves the OpenAPI document and a page to read it. The page's scripts are embedded, so it works without a
// network.
func mountDocs(mux *http.ServeMux) {
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(openapi.Document)))
		_, _ = w.Write(openapi.Document) // the client has gone
	})
	page := v5emb.New("Wancun", "/openapi.json", "/docs/")
	mux.Handle("GET /docs/", page)
	mux.Handle("GET /docs", page)
	mux.Handle("GET /{$}", http.RedirectHandler("/docs", http.StatusFound))
}

// mountHealth serves liveness, which looks at nothing, and readiness.
func mountHealth(mux *http.ServeMux, ready func(context.Context) error) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if ready != nil {
			if err := ready(r.Context()); err != nil {
				http.Error(w, "not ready", http.StatusServiceUnavailable)
				return
			}
		}
		_, _ = w.Write([]byte("ok\n"))
	})
}
