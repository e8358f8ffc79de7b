package access

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

// A browser sends the host name of the page's URL, even if that name resolves to this machine (DNS rebinding).
func TestAPageWhoseNameWasMadeToResolveHereReadsNothing(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	port := s.REST[strings.LastIndex(s.REST, ":"):]
	for host, want := range map[string]int{
		"attacker.example" + port: http.StatusMisdirectedRequest,
		"attacker.example":        http.StatusMisdirectedRequest,
		"localhost" + port:        http.StatusOK,
		"127.0.0.1" + port:        http.StatusOK,
	} {
		for _, path := range []string{"/v1/campaigns", "/openapi.json", "/docs"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.REST+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, answer.Body) // only the status matters
			_ = answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("GET %s of %s is answered %d, want %d", path, host, answer.StatusCode, want)
			}
		}
	}
}
