package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/integrity"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/services/action"
	"github.com/wancun/wancun/services/org"
	"github.com/wancun/wancun/services/report"
	"github.com/wancun/wancun/services/village"
)

// service is what the four have in common.
type service interface {
	Register(grpc.ServiceRegistrar)
	Close() error
}

// openServices opens the four services in the direction in which data flows, and puts them behind one server. Their
// journals share a name, so they stand behind a router that tells them apart by the log.
func (s *Suite) openServices(ctx context.Context, c Config, k keys) error {
	journals := journal.Router{}
	for _, one := range []struct {
		name string
		open func(context.Context, Config, keys) (service, error)
	}{
		{"org", s.openOrg}, {"village", s.openVillage}, {"action", s.openAction}, {"report", s.openReport},
	} {
		opened, err := one.open(ctx, c, k)
		if err != nil {
			return fmt.Errorf("open %s: %w", one.name, err)
		}
		s.closing = append(s.closing, opened.Close)
		s.databases.hear(one.name, opened)
		if more, ok := opened.(integrity.Comparer); ok {
			s.comparers[one.name] = more
		}
		own := &inprocgrpc.Channel{}
		opened.Register(split{journal: own, others: s.server})
		journals[one.name] = journalv1.NewJournalServiceClient(own)
	}
	journalv1.RegisterJournalServiceServer(s.server, journals.Server())
	return nil
}

// split keeps a service's journal apart from its other services.
type split struct {
	journal, others grpc.ServiceRegistrar
}

// RegisterService passes a service on to where it belongs.
func (r split) RegisterService(d *grpc.ServiceDesc, handler any) {
	if d.ServiceName == journalv1.JournalService_ServiceDesc.ServiceName {
		r.journal.RegisterService(d, handler)
		return
	}
	r.others.RegisterService(d, handler)
}

func (s *Suite) openOrg(ctx context.Context, c Config, k keys) (service, error) {
	db, err := s.openDatabase(ctx, c, k, "org", org.Migrate)
	if err != nil {
		return nil, err
	}
	return org.New(ctx, org.Config{}, org.Deps{
		DB: db, Signer: k.journals["org"].Signer, PageKey: k.page, RowKey: k.journals["org"].Row, PersonalKey: k.personal, Clock: c.Clock, Random: random, Logger: c.Logger,
		Divisions: villagev1.NewDivisionServiceClient(s.conn),
	})
}

func (s *Suite) openVillage(ctx context.Context, c Config, k keys) (service, error) {
	db, err := s.openDatabase(ctx, c, k, "village", village.Migrate)
	if err != nil {
		return nil, err
	}
	v, err := village.New(ctx, village.Config{}, village.Deps{
		DB: db, Signer: k.journals["village"].Signer, PageKey: k.page, RowKey: k.journals["village"].Row, Clock: c.Clock, NewID: newID, Random: random, Logger: c.Logger,
	})
	if err != nil {
		return nil, err
	}
	if err := s.followSuccessions(ctx, c, v.Successions); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// followSuccessions extends the grants of callers by the successions of divisions, until the suite is closed.
func (s *Suite) followSuccessions(ctx context.Context, c Config, from access.Source) error {
	if err := s.territories.Refresh(ctx, from); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var follower sync.WaitGroup
	follower.Go(func() { s.territories.Follow(ctx, from, c.Logger) })
	s.closing = append(s.closing, func() error {
		stop()
		follower.Wait()
		return nil
	})
	return nil
}

func (s *Suite) openAction(ctx context.Context, c Config, k keys) (service, error) {
	db, err := s.openDatabase(ctx, c, k, "action", action.Migrate)
	if err != nil {
		return nil, err
	}
	return action.New(ctx, action.Config{}, action.Deps{
		DB: db, Signer: k.journals["action"].Signer, PageKey: k.page, RowKey: k.journals["action"].Row, Clock: c.Clock, NewID: newID, Random: random, Logger: c.Logger,
		Organizations: orgv1.NewOrganizationServiceClient(s.conn),
		Scopes:        villagev1.NewScopeServiceClient(s.conn),
	})
}

func (s *Suite) openReport(ctx context.Context, c Config, k keys) (service, error) {
	db, err := s.openDatabase(ctx, c, k, "report", report.Migrate)
	if err != nil {
		return nil, err
	}
	if err := s.checkCursors(ctx, db); err != nil {
		return nil, err
	}
	reader := journalv1.NewJournalServiceClient(asSystem{conn: s.conn, issuer: s.issuer, serving: s.serving})
	return report.New(ctx, report.Config{}, report.Deps{
		DB: db, Signer: k.journals["report"].Signer, PageKey: k.page, RowKey: k.journals["report"].Row, Clock: c.Clock, Random: random, Logger: c.Logger, Shared: c.Shared,
		Journals: map[string]journalv1.JournalServiceClient{"org": reader, "village": reader, "action": reader},
	})
}

// asSystem calls under the suite's own identity, once the suite serves. Only report has work that no caller asked for:
// following the journals.
type asSystem struct {
	conn    grpc.ClientConnInterface
	issuer  *issuer.Issuer
	serving <-chan struct{}
}

// systemTokenTTL bounds a stream of the follower, which then reconnects with a new token.
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

// Invoke calls as the suite.
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

// sessionTTL is how long a browser stays signed in.
const sessionTTL = 12 * time.Hour

// signIn exchanges the codes of sign-in links.
type signIn struct {
	issuer *issuer.Issuer
	now    func() time.Time
}

// Redeem exchanges a code for a session's token.
func (s signIn) Redeem(code string) (string, time.Time, error) {
	token, err := s.issuer.Redeem(code, sessionTTL)
	return token, s.now().Add(sessionTTL), err
}

func (s *Suite) openGateway(ctx context.Context, c Config) (http.Handler, error) {
	// Not s.conn: the gateway passes on each request's own token and deadline.
	conn := s.server.Conn()
	return gateway.New(ctx, gateway.Config{AllowedHosts: c.AllowedHosts}, gateway.Deps{
		Org: conn, Village: conn, Action: conn, Report: conn, Verifier: s.verifier, Memory: s.memory, Logger: c.Logger, Draining: s.draining, Ready: s.databases.ready,
		SignIn: signIn{issuer: s.issuer, now: c.Clock},
	})
}
