package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// Config bounds what a request may use. The zero value takes the defaults.
type Config struct {
	// Timeout ends a call; 10 s if zero. A client may ask for another by a Grpc-Timeout header, up to BulkTimeout.
	Timeout time.Duration
	// BulkTimeout ends an import or a batch; 60 s if zero.
	BulkTimeout time.Duration
	// StreamTimeout ends a stream; 15 min if zero. A follower reconnects after the last position it has handled.
	StreamTimeout time.Duration
	// AllowedHosts are the names by which clients reach the gateway, without ports. On a loopback address it answers these,
	// localhost and loopback addresses; elsewhere these, or all if there are none.
	AllowedHosts []string
}

// Deps are what the gateway needs. The connections, the verifier and the logger are required.
type Deps struct {
	// Org, Village, Action and Report lead to the services. They pass on the metadata and the deadline of each call.
	Org, Village, Action, Report grpc.ClientConnInterface
	// Verifier verifies the token of a request before its body is read.
	Verifier access.Verifier
	// Memory is the budget of the bodies under way; nil: one of the default size.
	Memory *limits.Memory
	// SignIn exchanges the code of a one-time sign-in link; nil where sign-in is somebody else's.
	SignIn SignIn
	// Ready says why the gateway cannot serve; nil means it always can.
	Ready func(context.Context) error
	// Draining is done when the server stops; streams end with it, and are taken up again elsewhere. Nil: they end with
	// their clients.
	Draining context.Context
	// Logger records what callers do not receive: why a service could not be reached, why the gateway is not ready.
	Logger *slog.Logger
}

// New returns the handler of everything that the gateway serves.
func New(ctx context.Context, c Config, d Deps) (http.Handler, error) {
	if d.Org == nil || d.Village == nil || d.Action == nil || d.Report == nil || d.Verifier == nil || d.Logger == nil {
		return nil, errors.New("new gateway: a connection, the verifier or the logger is missing")
	}
	routes, err := newRoutes()
	if err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	problems := problemWriter{routes: routes, logger: loglimit.New(d.Logger, loglimit.Config{Keys: []string{"method", "code"}})}
	entry, err := newEntry(problems, d.Verifier, d.Memory)
	if err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	api := newAPI(problems, entry)
	if err := register(ctx, api, d); err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	compressed, err := compression()
	if err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", compressed(bounded(c.withDefaults(), problems, withSession(streams(d.Draining, api)))))
	mountDocs(mux, compressed)
	mountHealth(mux, d)
	if d.SignIn != nil {
		mux.Handle("GET /sign-in", signIn{redeem: d.SignIn, problems: problems})
	}
	mux.HandleFunc("/", problems.unknownPath)
	return protected(problems, hosted(c.AllowedHosts, problems, mux)), nil
}

func (c Config) withDefaults() Config {
	return Config{
		Timeout:       cmp.Or(c.Timeout, 10*time.Second),
		BulkTimeout:   cmp.Or(c.BulkTimeout, time.Minute),
		StreamTimeout: cmp.Or(c.StreamTimeout, 15*time.Minute),
	}
}

// newAPI is the REST side of the RPCs, still without routes.
func newAPI(p problemWriter, e *entry) *runtime.ServeMux {
	lines := jsonLines()
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, lines),
		runtime.WithMarshalerOption(eventStream, events{lines}),
		runtime.WithMiddlewares(e.checked, p.admitted),
		runtime.WithErrorHandler(p.call),
		runtime.WithRoutingErrorHandler(p.routing),
		runtime.WithStreamErrorHandler(p.stream),
		runtime.WithIncomingHeaderMatcher(incomingHeader),
		runtime.WithOutgoingHeaderMatcher(outgoingHeader),
		runtime.WithForwardResponseOption(conditional),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableChunkedEncoding(), // net/http knows better, HTTP/2 has none
		runtime.WithWriteContentLength(),
	)
}

// register connects every service's routes to its connection. The four journals share one service,
// and the log of a request says which of them it reads.
func register(ctx context.Context, mux *runtime.ServeMux, d Deps) error {
	logs := journals{
		services.Log(services.Org): journalv1.NewJournalServiceClient(d.Org), services.Log(services.Village): journalv1.NewJournalServiceClient(d.Village),
		services.Log(services.Action): journalv1.NewJournalServiceClient(d.Action), services.Log(services.Report): journalv1.NewJournalServiceClient(d.Report),
	}
	return errors.Join(
		orgv1.RegisterOrganizationServiceHandlerClient(ctx, mux, orgv1.NewOrganizationServiceClient(d.Org)),
		villagev1.RegisterDivisionServiceHandlerClient(ctx, mux, villagev1.NewDivisionServiceClient(d.Village)),
		villagev1.RegisterSuccessionServiceHandlerClient(ctx, mux, villagev1.NewSuccessionServiceClient(d.Village)),
		villagev1.RegisterVillageServiceHandlerClient(ctx, mux, villagev1.NewVillageServiceClient(d.Village)),
		villagev1.RegisterScopeServiceHandlerClient(ctx, mux, villagev1.NewScopeServiceClient(d.Village)),
		villagev1.RegisterNeedServiceHandlerClient(ctx, mux, villagev1.NewNeedServiceClient(d.Village)),
		actionv1.RegisterCampaignServiceHandlerClient(ctx, mux, actionv1.NewCampaignServiceClient(d.Action)),
		actionv1.RegisterDeliveryServiceHandlerClient(ctx, mux, actionv1.NewDeliveryServiceClient(d.Action)),
		reportv1.RegisterStatementServiceHandlerClient(ctx, mux, reportv1.NewStatementServiceClient(d.Report)),
		reportv1.RegisterBulletinServiceHandlerClient(ctx, mux, reportv1.NewBulletinServiceClient(d.Report)),
		journalv1.RegisterJournalServiceHandlerClient(ctx, mux, logs),
	)
}
