package client

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/resolver"
)

// lists resolves targets that list all replicas, such as list:///127.0.0.1:7001,127.0.0.1:7002, for installations
// without DNS.
type lists struct{}

var _ resolver.AuthorityOverrider = lists{}

// Scheme implements [resolver.Builder].
func (lists) Scheme() string { return "list" }

// Build implements [resolver.Builder]: the addresses never change.
func (lists) Build(target resolver.Target, conn resolver.ClientConn, _ resolver.BuildOptions) (resolver.Resolver, error) {
	var state resolver.State
	for address := range strings.SplitSeq(target.Endpoint(), ",") {
		if address == "" {
			return nil, fmt.Errorf("list %q has an empty address", target.Endpoint())
		}
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: address}}})
	}
	return fixed{}, conn.UpdateState(state)
}

// OverrideAuthority implements [resolver.AuthorityOverrider], because a list is not the name of a server.
func (lists) OverrideAuthority(target resolver.Target) string {
	first, _, _ := strings.Cut(target.Endpoint(), ",")
	return first
}

// fixed is a resolver whose addresses never change.
type fixed struct{}

// ResolveNow implements [resolver.Resolver].
func (fixed) ResolveNow(resolver.ResolveNowOptions) {}

// Close implements [resolver.Resolver].
func (fixed) Close() {}
