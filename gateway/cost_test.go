package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// nothing is a response writer without cost, so that the benchmark measures only the middleware.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header         { return n.header }
func (n nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n nothing) WriteHeader(int)             {}

// BenchmarkMiddleware measures the cost of each middleware for a request that does not need it: a GET of a program.
func BenchmarkMiddleware(b *testing.B) {
	end := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	compressed, err := compression()
	if err != nil {
		b.Fatal(err)
	}
	all := func(h http.Handler) http.Handler {
		return protected(nil, problemWriter{}, compressed(bounded(Config{}.withDefaults(), problemWriter{}, (*sessions)(nil).authorized(problemWriter{}, h))))
	}
	for _, step := range []struct {
		name    string
		handler http.Handler
	}{
		{"none", end},
		{"protected", protected(nil, problemWriter{}, end)},
		{"compressed", compressed(end)},
		{"bounded", bounded(Config{}.withDefaults(), problemWriter{}, end)},
		{"with_session", (*sessions)(nil).authorized(problemWriter{}, end)},
		{"all", all(end)},
	} {
		b.Run(step.name, func(b *testing.B) {
			r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/v1/campaigns/five/overview", http.NoBody)
			r.Header.Set("Authorization", "Bearer t")
			w := nothing{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				step.handler.ServeHTTP(w, r)
			}
		})
	}
}
