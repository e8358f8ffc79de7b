package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"google.golang.org/grpc/metadata"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/client/rest"
	"github.com/wancun/wancun/platform/fault"
)

// gateway answers like a suite with one organization.
func gateway(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/organizations/51430000EXAM00035G" && r.Header.Get("Authorization") == "Bearer the-token" {
		_, _ = fmt.Fprint(w, `{"name":"organizations/51430000EXAM00035G","displayName":"示例医师协会01"}`)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprintf(w, `{"code":"NotFound","reason":"RESOURCE_NOT_FOUND","resource":%q}`, r.URL.Path[len("/v1/"):])
}

func Example() {
	server := httptest.NewServer(http.HandlerFunc(gateway)) // in a program: the gateway of the suite
	defer server.Close()

	conn := rest.New(server.URL, server.Client())
	defer conn.Close() //nolint:errcheck // idle connections are all that is left
	organizations := orgv1.NewOrganizationServiceClient(conn)
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer the-token")

	o, err := organizations.GetOrganization(ctx, &orgv1.GetOrganizationRequest{Name: "organizations/51430000EXAM00035G"})
	fmt.Println(o.GetDisplayName(), err)

	_, err = organizations.GetOrganization(ctx, &orgv1.GetOrganizationRequest{Name: "organizations/51430000EXAM00036E"})
	if refused, ok := fault.From(err); ok {
		fmt.Println(refused.Code(), refused.Reason(), refused.Resource())
	}
	// Output:
	// 示例医师协会01 <nil>
	// NotFound RESOURCE_NOT_FOUND organizations/51430000EXAM00036E
}
