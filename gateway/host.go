package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
)

// hosted serves only requests whose Host names this server. The browser treats a page of another site as same-origin if
// the site's own name resolves to the address of this server (DNS rebinding). Such requests have a different name in
// Host.
//
// Configured names are accepted on all addresses. On a loopback address, localhost and loopback addresses are accepted
// as well, but no other names. On other addresses, all names are accepted if none are configured.
func hosted(allowed []string, problems problemWriter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		onLoopback := listensOnLoopback(r)
		name := hostName(r.Host)
		switch {
		case len(allowed) == 0 && !onLoopback,
			onLoopback && isLoopback(name),
			slices.ContainsFunc(allowed, func(host string) bool { return strings.EqualFold(host, name) }):
			next.ServeHTTP(w, r)
			return
		}
		problems.send(w, r, problem{
			Status: http.StatusMisdirectedRequest, Code: codes.InvalidArgument.String(), Reason: "HOST_NOT_ALLOWED",
			Detail:   "this server does not answer for the host " + name + "; --allowed-hosts names the hosts that it answers for",
			chinese:  "本服务不应答主机名 " + name + "；可应答的主机名由 --allowed-hosts 指定",
			Instance: r.URL.Path,
		})
	})
}

// hostName returns a Host without its port and brackets.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

func isLoopback(name string) bool {
	address, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// listensOnLoopback reports whether a request arrived on a loopback address of this machine.
func listensOnLoopback(r *http.Request) bool {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && isLoopback(hostName(at.String()))
}
