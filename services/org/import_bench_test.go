package org_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/grpc"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/servertest"
)

// BenchmarkImport imports 100,000 organizations, whose names are indexed for the search by a part.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	random := rand.New(rand.NewPCG(1, 2))
	messages := make([]*orgv1.ImportOrganizationsRequest, 0, rows/1000)
	for first := 0; first < rows; first += 1000 {
		m := &orgv1.ImportOrganizationsRequest{}
		for i := first; i < first+1000; i++ {
			o := organization(codeOf(b, i), orgv1.Organization_SOCIAL_GROUP)
			o.DisplayName = nameFrom(random)
			m.Requests = append(m.Requests, &orgv1.CreateOrganizationRequest{Organization: o})
		}
		messages = append(messages, m)
	}
	b.Run("SQLite", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			c := orgv1.NewOrganizationServiceClient(serve(b, servertest.Database(b)))
			b.StartTimer()
			importAll(b, c, messages)
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func importAll(b *testing.B, c orgv1.OrganizationServiceClient, messages []*orgv1.ImportOrganizationsRequest) {
	b.Helper()
	ctx, cancel := context.WithTimeout(provinceAdmin(b), 5*time.Minute)
	defer cancel()
	var stream grpc.BidiStreamingClient[orgv1.ImportOrganizationsRequest, orgv1.ImportOrganizationsResponse]
	stream, err := c.ImportOrganizations(ctx)
	for _, m := range messages {
		if err == nil {
			err = stream.Send(m)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		b.Fatal(err)
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			b.Fatal(err)
		}
		if r.GetResult() != nil {
			return
		}
	}
}
