package bench

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// register fakes the RPC of the org service that action calls: every organization is approved.
type register struct {
	orgv1.OrganizationServiceClient
}

func (register) BatchGetOrganizations(_ context.Context, r *orgv1.BatchGetOrganizationsRequest, _ ...grpc.CallOption) (*orgv1.BatchGetOrganizationsResponse, error) {
	out := &orgv1.BatchGetOrganizationsResponse{}
	for _, name := range r.GetNames() {
		out.Organizations = append(out.Organizations, &orgv1.Organization{Name: name, State: orgv1.Organization_APPROVED})
	}
	return out, nil
}

// atlas fakes the RPC of the village service that action calls: every scope contains the villages of this package.
type atlas struct{ villagev1.ScopeServiceClient }

func (atlas) GetScope(_ context.Context, r *villagev1.GetScopeRequest, _ ...grpc.CallOption) (*villagev1.Scope, error) {
	s := &villagev1.Scope{Name: r.GetName()}
	for n := range villageCount {
		s.Members = append(s.Members, &villagev1.ScopeMember{Village: villageName(n), ValidFrom: on(5, 1)})
	}
	return s, nil
}

// idle is a journal without new entries.
type idle struct{ journalv1.JournalServiceClient }

func (idle) Read(ctx context.Context, _ *journalv1.ReadRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[journalv1.ReadResponse], error) {
	return silence{ctx}, nil
}

type silence struct{ ctx context.Context }

func (s silence) Recv() (*journalv1.ReadResponse, error) {
	<-s.ctx.Done()
	return nil, s.ctx.Err()
}
func (s silence) Header() (metadata.MD, error) { return nil, nil }
func (s silence) Trailer() metadata.MD         { return nil }
func (s silence) CloseSend() error             { return nil }
func (s silence) Context() context.Context     { return s.ctx }
func (s silence) SendMsg(any) error            { return nil }
func (s silence) RecvMsg(any) error            { return s.ctx.Err() }
