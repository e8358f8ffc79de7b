package suite

import (
	"context"
	"net/http"
	"time"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/action"
	"github.com/wancun/wancun/services/org"
	"github.com/wancun/wancun/services/report"
	"github.com/wancun/wancun/services/village"
)

// openServices opens the four services in the direction of the data flow and registers them at one server. All journals
// have the same gRPC service name, so a router distributes their calls by log.
func (s *Suite) openServices(ctx context.Context, c Config, k keys) error {
	journals := journal.Router{}
	reader := journalv1.NewJournalServiceClient(asSystem{conn: s.conn, issuer: s.issuer, serving: s.serving})
	for _, open := range []func() error{
		opening(ctx, s, c, k, journals, org.Service(), org.Peers{Divisions: villagev1.NewDivisionServiceClient(s.conn), Tokens: s.issuer}),
		opening(ctx, s, c, k, journals, village.Service(), village.Peers{Follow: func(ctx context.Context, from access.Source) error {
			return s.followSuccessions(ctx, c, from)
		}}),
		opening(ctx, s, c, k, journals, action.Service(), action.Peers{
			Organizations: orgv1.NewOrganizationServiceClient(s.conn), Scopes: villagev1.NewScopeServiceClient(s.conn),
		}),
		opening(ctx, s, c, k, journals, report.Service(), report.Peers{
			Journals: map[string]journalv1.JournalServiceClient{"org": reader, "village": reader, "action": reader}, Shared: c.Shared,
			PublicURL: c.PublicURL, Font: c.PDFFont,
		}),
	} {
		if err := open(); err != nil {
			return err
		}
	}
	journalv1.RegisterJournalServiceServer(s.server, journals.Server())
	return nil
}

// opening returns a function that opens a service on its database and adds its journal to journals.
func opening[P any](ctx context.Context, s *Suite, c Config, k keys, journals journal.Router, declared service.Service[P], peers P) func() error {
	return func() error {
		name := declared.Name
		db, err := s.openDatabase(ctx, c, k, name, declared)
		if err != nil {
			return err
		}
		opened, err := declared.Open(ctx, resource.Deps{
			DB: db, Signer: k.journals[name].Signer, PageKey: k.page, RowKey: k.journals[name].Row, PersonalKey: k.personal,
			Clock: c.Clock, NewID: newID, Random: random, Logger: c.Logger,
		}, peers)
		if err != nil {
			return err
		}
		s.closing = append(s.closing, opened.Close)
		s.databases.opened(name, opened)
		own := &inprocgrpc.Channel{}
		opened.Register(split{journal: own, others: s.server})
		journals[name] = journalv1.NewJournalServiceClient(own)
		return nil
	}
}

// split registers a service's journal at one registrar, and its other gRPC services at another.
type split struct {
	journal, others grpc.ServiceRegistrar
}

// RegisterService implements [grpc.ServiceRegistrar].
func (r split) RegisterService(d *grpc.ServiceDesc, handler any) {
	if d.ServiceName == journalv1.JournalService_ServiceDesc.ServiceName {
		r.journal.RegisterService(d, handler)
		return
	}
	r.others.RegisterService(d, handler)
}

// followSuccessions extends the grants of callers by the successions of divisions, until the suite is closed.
func (s *Suite) followSuccessions(ctx context.Context, c Config, from access.Source) error {
	if err := s.territories.Refresh(ctx, from); err != nil {
		return err
	}
	s.inBackground(ctx, func(ctx context.Context) { s.territories.Follow(ctx, from, c.Logger) })
	return nil
}

// followRevocations makes the suite refuse revoked tokens, until it is closed.
func (s *Suite) followRevocations(ctx context.Context, c Config) error {
	from := access.RevocationsFrom(orgv1.NewSignInServiceClient(s.conn).ReadRevocations)
	if err := s.revocations.Refresh(ctx, from); err != nil {
		return err
	}
	s.inBackground(ctx, func(ctx context.Context) { s.revocations.Follow(ctx, from, c.Logger) })
	return nil
}

// asSystem makes calls under the suite's own identity. They wait until the suite serves. Only report uses it, to follow
// the journals without a caller.
type asSystem struct {
	conn    grpc.ClientConnInterface
	issuer  *issuer.Issuer
	serving <-chan struct{}
}

// systemTokenTTL bounds the streams of the follower. It then reconnects with a new token.
const systemTokenTTL = time.Hour

func (a asSystem) identified(ctx context.Context) (context.Context, error) {
	select {
	case <-a.serving:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	token, err := a.issuer.Mint("report", []*accessv1.Grant{{Role: accessv1.Grant_INTERNAL_SYSTEM}}, systemTokenTTL)
	if err != nil {
		return nil, err
	}
	return client.WithToken(ctx, token), nil
}

// Invoke makes a call as the suite.
func (a asSystem) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	ctx, err := a.identified(ctx)
	if err != nil {
		return err
	}
	return a.conn.Invoke(ctx, method, args, reply, opts...)
}

// NewStream opens a stream as the suite.
func (a asSystem) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, err := a.identified(ctx)
	if err != nil {
		return nil, err
	}
	return a.conn.NewStream(ctx, d, method, opts...)
}

func (s *Suite) openGateway(ctx context.Context, c Config, k keys) (http.Handler, error) {
	public := map[string]string{}
	for log, key := range k.journals {
		public[services.Log(log)] = key.PublicKey
	}
	// Not s.conn: the gateway passes on the token and the deadline of each request.
	conn := s.server.Conn()
	return gateway.New(ctx, gateway.Config{AllowedHosts: c.AllowedHosts}, gateway.Deps{
		Org: conn, Village: conn, Action: conn, Report: conn, Verifier: s.revocations.Verifier(s.verifier), Memory: s.memory, Logger: c.Logger, Draining: s.draining, Ready: s.databases.ready,
		SignIn: s.administrators, Accounts: orgv1.NewSignInServiceClient(conn), Clock: c.Clock, PublicKeys: public,
	})
}
