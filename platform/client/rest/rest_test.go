package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/client/rest"
	"github.com/wancun/wancun/platform/fault"
)

// read concatenates the messages of a stream.
func read(ctx context.Context, conn grpc.ClientConnInterface, after int64) (proto.Message, error) {
	all := &journalv1.ReadResponse{}
	stream, err := journalv1.NewJournalServiceClient(conn).Read(ctx, &journalv1.ReadRequest{Log: "logs/village", After: after})
	for err == nil {
		var m *journalv1.ReadResponse
		if m, err = stream.Recv(); err == nil {
			proto.Merge(all, m)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

// refusal holds the parts of an error that a program uses.
type refusal struct {
	Code   codes.Code
	Reason string
}

func refusalOf(err error) refusal {
	f, ok := fault.From(err)
	if !ok {
		return refusal{Code: status.Code(err)}
	}
	return refusal{f.Code(), f.Reason()}
}

// pretend serves the same answer to every request.
func pretend(t *testing.T, status int, kind, body string) *rest.Conn {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return rest.New(s.URL, s.Client())
}

func TestTheAnswerOfAProxyIsNotTakenForTheService(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       codes.Code
	}{
		"a proxy without a gateway":       {http.StatusBadGateway, "text/html", "<h1>502</h1>", codes.Unavailable},
		"a proxy that wants its own user": {http.StatusForbidden, "text/html", "<h1>403</h1>", codes.Unknown},
		"some other site":                 {http.StatusOK, "text/html", "<h1>hello</h1>", codes.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			conn := pretend(t, c.status, c.kind, c.body)
			_, err := orgv1.NewOrganizationServiceClient(conn).GetOrganization(t.Context(), &orgv1.GetOrganizationRequest{Name: "organizations/x"})
			if status.Code(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			if _, err := read(t.Context(), conn, 0); err == nil {
				t.Error("a stream of it ends well")
			}
		})
	}
	t.Run("anonymous", func(t *testing.T) {
		s := httptest.NewServer(nil)
		s.Close()
		if _, err := read(t.Context(), rest.New(s.URL, http.DefaultClient), 0); status.Code(err) != codes.Unavailable {
			t.Errorf("%v, want UNAVAILABLE", err)
		}
	})
}

func TestAStreamThatBreaksOffHasNotEnded(t *testing.T) {
	const element = `{"result":{"entries":[{"position":"%d"}]}}` + "\n"
	first := fmt.Sprintf(element, 1) + fmt.Sprintf(element, 2)
	for name, c := range map[string]struct {
		rest string
		want refusal
	}{
		"at its end":             {"", refusal{}},
		"with a problem":         {`{"error":{"code":"Unavailable","reason":"DRAINING","detail":"come back"}}`, refusal{Code: codes.Unavailable, Reason: "DRAINING"}},
		"in the middle of words": {`{"result":{"entr`, refusal{Code: codes.Unavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := read(t.Context(), pretend(t, http.StatusOK, "application/x-ndjson", first+c.rest), 0)
			if got := len(all.(*journalv1.ReadResponse).GetEntries()); got != 2 {
				t.Errorf("%d entries arrived, want 2", got)
			}
			if diff := cmp.Diff(c.want, refusalOf(err)); diff != "" {
				t.Errorf("it ended with %v:\n%s", err, diff)
			}
		})
	}
}
