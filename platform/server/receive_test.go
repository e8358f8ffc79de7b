package server_test

import (
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

const (
	getNeed     = "/wancun.village.v1.NeedService/GetNeed"
	createNeeds = "/wancun.village.v1.NeedService/BatchCreateNeeds"
)

// announce starts a call and sends the header of a message of a length, but never the message. A negative length leaves
// out the header. It returns the status that the server answers.
func announce(t *testing.T, address, method, authorization string, length int) (code, message string) {
	t.Helper()
	body, rest := io.Pipe()
	defer rest.Close() //nolint:errcheck // ends the request
	go func() {
		if length >= 0 {
			head := binary.BigEndian.AppendUint32([]byte{0}, uint32(length)) //nolint:gosec // of the test
			_, _ = rest.Write(head)
		}
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+method, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/grpc")
	r.Header.Set("Te", "trailers")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	if _, err := io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	for _, from := range []http.Header{answer.Trailer, answer.Header} {
		if code := from.Get("Grpc-Status"); code != "" {
			return code, from.Get("Grpc-Message")
		}
	}
	t.Fatalf("no status: %v %v", answer.Header, answer.Trailer)
	return "", ""
}

// token returns the token that asClerk sends.
func token(ctx context.Context) string {
	sent, _ := metadata.FromOutgoingContext(ctx)
	return sent.Get("authorization")[0]
}

// The messages never arrive, so the server can only answer if it does not wait for them.
func TestARequestIsJudgedBeforeItIsRead(t *testing.T) {
	clerk, leader := token(asClerk(t.Context())), token(asLeader(t.Context()))
	address := servertest.Serve(t, newServer(t, server.Config{}, nil, echo().register))
	for name, c := range map[string]struct {
		method, authorization string
		length                int
		code                  codes.Code
		says                  string
	}{
		"without a token":             {createNeeds, "", 16 << 20, codes.Unauthenticated, "needs a token"},
		"without a token or a head":   {createNeeds, "", -1, codes.Unauthenticated, "needs a token"},
		"with a forged token":         {createNeeds, "Bearer x.y.z", 16 << 20, codes.Unauthenticated, "not valid"},
		"without the role":            {createNeeds, leader, 16 << 20, codes.PermissionDenied, "roles"},
		"of one thing, above 1 MiB":   {getNeed, clerk, 1<<20 + 1, codes.ResourceExhausted, "more than 1 MiB"},
		"of a batch, above 16 MiB":    {createNeeds, clerk, 16<<20 + 1, codes.ResourceExhausted, "more than 16 MiB"},
		"of a batch, as far as it is": {createNeeds, clerk, 1<<32 - 1, codes.ResourceExhausted, "more than 16 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			code, message := announce(t, address, c.method, c.authorization, c.length)
			if want := c.code; code != strconv.Itoa(int(want)) || !strings.Contains(message, c.says) {
				t.Errorf("answered %s %q, want %d that says %q", code, message, want, c.says)
			}
		})
	}
}

func TestAListIsCountedBeforeItsElementsAreMade(t *testing.T) {
	conn := servertest.Dial(t, servertest.Serve(t, newServer(t, server.Config{}, nil, echo().register)))
	many := &villagev1.BatchCreateNeedsRequest{Parent: "villages/-", Requests: make([]*villagev1.CreateNeedRequest, 20_001)}
	for i := range many.Requests {
		many.Requests[i] = &villagev1.CreateNeedRequest{}
	}
	_, err := villagev1.NewNeedServiceClient(conn).BatchCreateNeeds(asClerk(t.Context()), many)
	var found []string
	for _, d := range status.Convert(err).Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				found = append(found, v.GetField()+" "+v.GetReason()+" "+v.GetDescription())
			}
		}
	}
	const want = "requests REPEATED_MAX_ITEMS must have at most 20000 elements"
	if status.Code(err) != codes.InvalidArgument || len(found) != 1 || found[0] != want {
		t.Errorf("answered %v with %q, want %q alone", err, found, want)
	}
}

func TestRequestsInFlightShareTheMemory(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	busy := &needs{get: func(context.Context, *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		entered <- struct{}{}
		<-release
		return &villagev1.Need{}, nil
	}}
	one := costOf(t, &villagev1.GetNeedRequest{Name: aNeed})
	// Enough for one request of each of two callers, but not for two of one caller.
	s := newServer(t, server.Config{}, func(d *server.Deps) { d.Memory = limits.NewMemory(one * 7 / 2) }, busy.register)
	conn := servertest.Dial(t, servertest.Serve(t, s))
	get := func(subject, name string) error {
		ctx := servertest.As(t.Context(), subject, servertest.Grant(accessv1.Grant_LEADER))
		_, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: name})
		return err
	}
	refused := func(err error, reason string, after time.Duration) {
		t.Helper()
		if e, ok := fault.From(err); !ok || e.Code() != codes.ResourceExhausted || e.Reason() != reason || e.RetryAfter() != after {
			t.Errorf("answered %v, want RESOURCE_EXHAUSTED %s, to be tried again after %v", err, reason, after)
		}
	}
	first := make(chan error)
	go func() { first <- get("one", aNeed) }()
	<-entered
	refused(get("one", aNeed), limits.ReasonMemory, time.Second)
	refused(get("one", strings.Repeat("x", int(2*one))), limits.ReasonTooLarge, 0)
	second := make(chan error)
	go func() { second <- get("other", aNeed) }()
	<-entered // another caller still has a share
	close(release)
	for _, ended := range []chan error{first, second} {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	go func() { <-entered }()
	if err := get("one", aNeed); err != nil {
		t.Errorf("once the others have ended: %v", err)
	}
}

// costOf returns what a request takes of the budget: its encoded and its decoded size.
func costOf(t *testing.T, m proto.Message) int64 {
	t.Helper()
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := limits.ShapeOf(m.ProtoReflect().Descriptor()).Wire(wire)
	if err != nil {
		t.Fatal(err)
	}
	return decoded + int64(len(wire))
}
