package gateway_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wancun/wancun/gateway"
)

func TestOnlyARequestThatNamesThisServerIsAnswered(t *testing.T) {
	const loopback, outside = "127.0.0.1:8080", "10.1.2.3:8080"
	for _, c := range []struct {
		at, host string
		allowed  []string
		want     int
	}{
		{loopback, "localhost:8080", nil, http.StatusOK},
		{loopback, "LOCALHOST", nil, http.StatusOK},
		{loopback, "127.0.0.1:8080", nil, http.StatusOK},
		{loopback, "127.8.9.1", nil, http.StatusOK},
		{"[::1]:8080", "[::1]:8080", nil, http.StatusOK},
		{"[::1]:8080", "[::1]", nil, http.StatusOK},
		{loopback, "attacker.example:8080", nil, http.StatusMisdirectedRequest},
		{loopback, "localhost.attacker.example", nil, http.StatusMisdirectedRequest},
		{loopback, "127.0.0.1.attacker.example", nil, http.StatusMisdirectedRequest},
		{loopback, "10.1.2.3:8080", nil, http.StatusMisdirectedRequest},
		{loopback, "", nil, http.StatusMisdirectedRequest},
		{loopback, "wancun.example", []string{"wancun.example"}, http.StatusOK},
		{loopback, "Wancun.Example:443", []string{"wancun.example"}, http.StatusOK},
		{loopback, "localhost:8080", []string{"wancun.example"}, http.StatusOK},
		{loopback, "attacker.example", []string{"wancun.example"}, http.StatusMisdirectedRequest},
		{outside, "any.example", nil, http.StatusOK},
		{outside, "wancun.example", []string{"other.example", "wancun.example"}, http.StatusOK},
		{outside, "attacker.example", []string{"wancun.example"}, http.StatusMisdirectedRequest},
		{outside, "localhost", []string{"wancun.example"}, http.StatusMisdirectedRequest},
	} {
		t.Run(c.host+" at "+c.at+" "+strings.Join(c.allowed, ","), func(t *testing.T) {
			at, err := net.ResolveTCPAddr("tcp", c.at)
			if err != nil {
				t.Fatal(err)
			}
			h := open(t, refusing(nil), func(config *gateway.Config, _ *gateway.Deps) { config.AllowedHosts = c.allowed })
			for _, path := range []string{organization, "/docs", "/openapi.json", "/sign-in?code=x"} {
				r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
				r.Host = c.host
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(at))))
				if refused := w.Code == http.StatusMisdirectedRequest; refused != (c.want == http.StatusMisdirectedRequest) {
					t.Errorf("%s is answered %d, want %d", path, w.Code, c.want)
				} else if refused && problemOf(t, w.Result()).Reason != "HOST_NOT_ALLOWED" {
					t.Errorf("%s is refused for another reason", path)
				}
			}
		})
	}
}
