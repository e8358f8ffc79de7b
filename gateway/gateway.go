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

	"github.com/wancun/wancun/gateway/console"
	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// Config limits what a request may use. The zero value has the defaults.
type Config struct {
	// Timeout is the limit of a call. 0 means 10 s. A client may request another limit, up to BulkTimeout, with the
	// header Grpc-Timeout.
	Timeout time.Duration
	// BulkTimeout is the limit of a call whose request may hold many resources, as of an import or a batch
	// ([limits.MaxBytes]). 0 means 60 s.
	BulkTimeout time.Duration
	// StreamTimeout is the limit of a stream, also of requests. 0 means 15 min. A client that reads a journal reconnects
	// after the last position that it has processed.
	StreamTimeout time.Duration
	// AllowedHosts are the names by which clients reach the gateway, without ports. On a loopback address, the gateway
	// accepts these names, localhost and loopback addresses. On other addresses, it accepts only these names, or all
	// names if there are none.
	AllowedHosts []string
	// TrustedOrigins are the origins whose pages may send writes, such as https://wancun.example.cn, besides pages of the
	// Host of the request. A proxy that changes Host needs it.
	TrustedOrigins []string
}

// Deps are the dependencies of the gateway. The connections, the verifier and the logger are required.
type Deps struct {
	// Org, Village, Action and Report are connections to the services. They send the metadata and the deadline of each
	// call.
	Org, Village, Action, Report grpc.ClientConnInterface
	// Verifier verifies the token of a request before its body is read.
	Verifier access.Verifier
	// Memory is the budget for the bodies of running requests. nil means a budget of the default size.
	Memory *limits.Memory
	// SignIn makes the person that opens a one-time link the first administrator. nil disables these links; it needs
	// Accounts.
	SignIn SignIn
	// PublicKeys are the public keys of the journals, by log: logs/action. The console checks entries with them. Where a
	// key is missing, it asks for one.
	PublicKeys map[string]string
	// Accounts signs people in who have an account, and exchanges their sessions for tokens. nil disables the pages of
	// sign-in and of invitations.
	Accounts orgv1.SignInServiceClient
	// Clock is needed with Accounts: it decides when a kept token of a session is exchanged for a new one.
	Clock func() time.Time
	// Ready returns an error while the gateway cannot serve. nil means that it always can.
	Ready func(context.Context) error
	// Draining is done when the server stops. Streams then end, and clients reconnect to another server. nil means that
	// streams end only with their clients.
	Draining context.Context
	// Logger logs what clients do not receive, such as why a service could not be reached or why the gateway is not
	// ready.
	Logger *slog.Logger
}

// New returns the handler for everything that the gateway serves.
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
	c = c.withDefaults()
	for _, origin := range c.TrustedOrigins {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("new gateway: %w", err)
		}
	}
	streamed := newUploads(problems, d)
	api := newAPI(problems, c.timed(routes), streams(d.Draining, routes), entry.checked, problems.admitted, streamed.instead)
	streamed.api = api
	if err := register(ctx, api, d); err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	compressed, err := compression()
	if err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	mux := http.NewServeMux()
	pages, err := mountSignIn(mux, problems, d)
	if err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	mux.Handle("/v1/", compressed(bounded(c, problems, pages.authorized(problems, api))))
	console.Mount(mux)
	mountDocs(mux, compressed)
	mountKeys(mux, d.PublicKeys)
	mountHealth(mux, d)
	mux.HandleFunc("/", problems.unknownPath)
	return protected(c.TrustedOrigins, problems, hosted(c.AllowedHosts, problems, mux)), nil
}

func (c Config) withDefaults() Config {
	return Config{
		Timeout:       cmp.Or(c.Timeout, 10*time.Second),
		BulkTimeout:   cmp.Or(c.BulkTimeout, time.Minute),
		StreamTimeout: cmp.Or(c.StreamTimeout, 15*time.Minute),
		AllowedHosts:  c.AllowedHosts, TrustedOrigins: c.TrustedOrigins,
	}
}

// newAPI returns the REST handler of the RPCs, without routes. The first middleware is the outermost.
func newAPI(p problemWriter, around ...runtime.Middleware) *runtime.ServeMux {
	lines := jsonLines()
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, lines),
		runtime.WithMarshalerOption(eventStream, events{lines}),
		runtime.WithMiddlewares(around...),
		runtime.WithErrorHandler(p.call),
		runtime.WithRoutingErrorHandler(p.routing),
		runtime.WithStreamErrorHandler(p.stream),
		runtime.WithIncomingHeaderMatcher(incomingHeader),
		runtime.WithOutgoingHeaderMatcher(outgoingHeader),
		runtime.WithForwardResponseOption(conditional),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableChunkedEncoding(), // net/http sets it if needed; HTTP/2 has none
		runtime.WithWriteContentLength(),
	)
}

// register registers each service's routes with its connection. The four journals implement the same service; the log
// in a request selects one of them.
func register(ctx context.Context, mux *runtime.ServeMux, d Deps) error {
	logs := journals{
		services.Log(services.Org): journalv1.NewJournalServiceClient(d.Org), services.Log(services.Village): journalv1.NewJournalServiceClient(d.Village),
		services.Log(services.Action): journalv1.NewJournalServiceClient(d.Action), services.Log(services.Report): journalv1.NewJournalServiceClient(d.Report),
	}
	return errors.Join(
		orgv1.RegisterOrganizationServiceHandlerClient(ctx, mux, orgv1.NewOrganizationServiceClient(d.Org)),
		orgv1.RegisterAccountServiceHandlerClient(ctx, mux, orgv1.NewAccountServiceClient(d.Org)),
		orgv1.RegisterInvitationServiceHandlerClient(ctx, mux, orgv1.NewInvitationServiceClient(d.Org)),
		orgv1.RegisterSessionServiceHandlerClient(ctx, mux, orgv1.NewSessionServiceClient(d.Org)),
		orgv1.RegisterGrantServiceHandlerClient(ctx, mux, orgv1.NewGrantServiceClient(d.Org)),
		orgv1.RegisterPartyBranchServiceHandlerClient(ctx, mux, orgv1.NewPartyBranchServiceClient(d.Org)),
		villagev1.RegisterDivisionServiceHandlerClient(ctx, mux, villagev1.NewDivisionServiceClient(d.Village)),
		villagev1.RegisterSuccessionServiceHandlerClient(ctx, mux, villagev1.NewSuccessionServiceClient(d.Village)),
		villagev1.RegisterVillageServiceHandlerClient(ctx, mux, villagev1.NewVillageServiceClient(d.Village)),
		villagev1.RegisterScopeServiceHandlerClient(ctx, mux, villagev1.NewScopeServiceClient(d.Village)),
		villagev1.RegisterNeedServiceHandlerClient(ctx, mux, villagev1.NewNeedServiceClient(d.Village)),
		actionv1.RegisterCampaignServiceHandlerClient(ctx, mux, actionv1.NewCampaignServiceClient(d.Action)),
		actionv1.RegisterDeliveryServiceHandlerClient(ctx, mux, actionv1.NewDeliveryServiceClient(d.Action)),
		reportv1.RegisterStatementServiceHandlerClient(ctx, mux, reportv1.NewStatementServiceClient(d.Report)),
		reportv1.RegisterBulletinServiceHandlerClient(ctx, mux, reportv1.NewBulletinServiceClient(d.Report)),
		reportv1.RegisterFigureServiceHandlerClient(ctx, mux, reportv1.NewFigureServiceClient(d.Report)),
		journalv1.RegisterJournalServiceHandlerClient(ctx, mux, logs),
	)
}
