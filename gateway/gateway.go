package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/journal"
)

// Config bounds what a request may use. The zero value takes the defaults.
type Config struct {
	// Timeout ends a call; 10 s if zero. A client may ask for another by a Grpc-Timeout header, up to BulkTimeout.
	Timeout time.Duration
	// BulkTimeout ends an import or a batch; 60 s if zero.
	BulkTimeout time.Duration
	// StreamTimeout ends a stream; 15 min if zero. A follower reconnects after the last position it has handled.
	StreamTimeout time.Duration
	// MaxBodyBytes is the largest request body; 16 MiB if zero.
	MaxBodyBytes int64
}

// Deps are what the gateway stands on. The connections are required.
type Deps struct {
	// Org, Village, Action and Report lead to the services.
	Org, Village, Action, Report grpc.ClientConnInterface
	// SignIn exchanges the code of a one-time sign-in link; nil where sign-in is somebody else's.
	SignIn SignIn
	// Ready says why the gateway cannot serve; nil means it always can.
	Ready func(context.Context) error
	// Logger takes failures of writing answers.
	Logger *slog.Logger
}

// New returns the handler of everything that the gateway serves.
func New(ctx context.Context, c Config, d Deps) (http.Handler, error) {
	if d.Org == nil || d.Village == nil || d.Action == nil || d.Report == nil || d.Logger == nil {
		return nil, errors.New("new gateway: a connection or the logger is missing")
	}
	c = c.withDefaults()
	routes, err := newRoutes()
	if err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	problems := problemWriter{routes: routes, logger: d.Logger}
	api := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, jsonMarshaler()),
		runtime.WithErrorHandler(problems.call),
		runtime.WithRoutingErrorHandler(problems.routing),
		runtime.WithStreamErrorHandler(problems.stream),
		runtime.WithIncomingHeaderMatcher(incomingHeader),
		runtime.WithOutgoingHeaderMatcher(outgoingHeader),
		runtime.WithMetadata(cookieAuthorization),
		runtime.WithForwardResponseOption(notModified),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithWriteContentLength(),
	)
	if err := register(ctx, api, d); err != nil {
		return nil, fmt.Errorf("new gateway: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", bounded(c, api))
	mountDocs(mux)
	mountHealth(mux, d.Ready)
	if d.SignIn != nil {
		mux.Handle("GET /sign-in", signIn{redeem: d.SignIn, problems: problems})
	}
	mux.HandleFunc("/", problems.unknownPath)
	return protect(mux), nil
}

func (c Config) withDefaults() Config {
	for field, fallback := range map[*time.Duration]time.Duration{
		&c.Timeout: 10 * time.Second, &c.BulkTimeout: time.Minute, &c.StreamTimeout: 15 * time.Minute,
	} {
		if *field == 0 {
			*field = fallback
		}
	}
	if c.MaxBodyBytes == 0 {
		c.MaxBodyBytes = 16 << 20
	}
	return c
}

func jsonMarshaler() runtime.Marshaler {
	return &runtime.HTTPBodyMarshaler{Marshaler: &runtime.JSONPb{
		MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true},
	}}
}

// register connects every service's routes to its connection. The four journals stand behind one name and are told
// apart by the log.
func register(ctx context.Context, mux *runtime.ServeMux, d Deps) error {
	journals := &inprocgrpc.Channel{}
	journalv1.RegisterJournalServiceServer(journals, journal.Router{
		"org": journalv1.NewJournalServiceClient(d.Org), "village": journalv1.NewJournalServiceClient(d.Village),
		"action": journalv1.NewJournalServiceClient(d.Action), "report": journalv1.NewJournalServiceClient(d.Report),
	}.Server())
	return errors.Join(
		orgv1.RegisterOrganizationServiceHandlerClient(ctx, mux, orgv1.NewOrganizationServiceClient(d.Org)),
		villagev1.RegisterDivisionServiceHandlerClient(ctx, mux, villagev1.NewDivisionServiceClient(d.Village)),
		villagev1.RegisterVillageServiceHandlerClient(ctx, mux, villagev1.NewVillageServiceClient(d.Village)),
		villagev1.RegisterScopeServiceHandlerClient(ctx, mux, villagev1.NewScopeServiceClient(d.Village)),
		villagev1.RegisterNeedServiceHandlerClient(ctx, mux, villagev1.NewNeedServiceClient(d.Village)),
		actionv1.RegisterCampaignServiceHandlerClient(ctx, mux, actionv1.NewCampaignServiceClient(d.Action)),
		actionv1.RegisterDeliveryServiceHandlerClient(ctx, mux, actionv1.NewDeliveryServiceClient(d.Action)),
		reportv1.RegisterStatementServiceHandlerClient(ctx, mux, reportv1.NewStatementServiceClient(d.Report)),
		reportv1.RegisterBulletinServiceHandlerClient(ctx, mux, reportv1.NewBulletinServiceClient(d.Report)),
		journalv1.RegisterJournalServiceHandlerClient(ctx, mux, journalv1.NewJournalServiceClient(journals)),
	)
}
