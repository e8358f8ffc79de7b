package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// journal is a log with a number of entries. After it has sent them, the stream calls then, if set.
type journal struct {
	journalv1.UnimplementedJournalServiceServer

	entries int64
	then    func(context.Context) error
}

// Read sends one entry per response.
func (j journal) Read(r *journalv1.ReadRequest, to grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	for at := r.GetAfter() + 1; at <= j.entries; at++ {
		if err := to.Send(&journalv1.ReadResponse{Entries: []*journalv1.Entry{{Position: at, Record: []byte("r")}}}); err != nil {
			return err
		}
	}
	if j.then != nil {
		return j.then(to.Context())
	}
	return nil
}

// GetCheckpoint returns a checkpoint of all entries.
func (j journal) GetCheckpoint(_ context.Context, r *journalv1.GetCheckpointRequest) (*journalv1.Checkpoint, error) {
	return &journalv1.Checkpoint{Log: r.GetLog(), Size: j.entries}, nil
}

// following serves a journal behind the interceptors of a real server and a real gateway.
func following(t *testing.T, j journal, change ...func(*gateway.Config, *gateway.Deps)) string {
	t.Helper()
	s := servertest.New(t, server.Config{})
	journalv1.RegisterJournalServiceServer(s, j)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return serve(t, open(t, s.Conn(), change...))
}

// as returns the header line of a caller with a role in the province.
func as(t *testing.T, role accessv1.Grant_Role) string {
	t.Helper()
	md, _ := metadata.FromOutgoingContext(servertest.As(t.Context(), "somebody", servertest.Grant(role, "43")))
	return "Authorization: " + md.Get("authorization")[0]
}

// follow opens a stream, which the test reads while it is sent.
func follow(t *testing.T, address string, headers ...string) *http.Response {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		q.Header.Set(name, value)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Body.Close() })
	return r
}

const entries = "/v1/logs/org/entries"

func TestAJournalIsALineOfJSONPerElement(t *testing.T) {
	r := follow(t, following(t, journal{entries: 3})+entries+"?after=1", as(t, accessv1.Grant_AUDITOR))
	if kind := r.Header.Get("Content-Type"); r.StatusCode != http.StatusOK || kind != "application/x-ndjson" {
		t.Fatalf("%s, %s", r.Status, kind)
	}
	var positions []string
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		var element struct {
			Result struct {
				Entries []struct{ Position string } `json:"entries"`
			} `json:"result"`
		}
		if err := json.Unmarshal(lines.Bytes(), &element); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		positions = append(positions, element.Result.Entries[0].Position)
	}
	if !slices.Equal(positions, []string{"2", "3"}) {
		t.Errorf("positions %v", positions)
	}
}

func TestElementsArriveAsTheyAreSentCompressedOrNot(t *testing.T) {
	for _, accepts := range []string{"identity", "gzip"} {
		t.Run(accepts, func(t *testing.T) {
			address := following(t, journal{entries: 1, then: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
			// Go's client decompresses automatically unless the request names an encoding.
			headers := []string{as(t, accessv1.Grant_AUDITOR)}
			if accepts == "identity" {
				headers = append(headers, "Accept-Encoding: identity")
			}
			r := follow(t, address+entries+"?follow=true", headers...)
			if r.Uncompressed != (accepts == "gzip") {
				t.Errorf("compressed: %v", r.Uncompressed)
			}
			line, err := bufio.NewReader(r.Body).ReadString('\n')
			if err != nil || !strings.Contains(line, `"1"`) {
				t.Errorf("the first line is %q, %v", line, err)
			}
		})
	}
}

func TestABrowserGetsServerSentEvents(t *testing.T) {
	address := following(t, journal{entries: 2}) + entries
	r := follow(t, address, as(t, accessv1.Grant_AUDITOR), "Accept: text/event-stream")
	if kind := r.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("%s, %s", r.Status, kind)
	}
	events := strings.Split(strings.TrimSuffix(textOf(t, r), "\n\n"), "\n\n")
	if len(events) != 2 {
		t.Fatalf("events %q", events)
	}
	for i, want := range []string{"id: 1\ndata: {\"result\":", "id: 2\ndata: {\"result\":"} {
		if !strings.HasPrefix(events[i], want) || strings.Count(events[i], "\n") != 1 {
			t.Errorf("event %q", events[i])
		}
	}
	t.Run("and goes on after the last one it has seen", func(t *testing.T) {
		r := follow(t, address+"?after=0", as(t, accessv1.Grant_AUDITOR), "Accept: text/event-stream", "Last-Event-ID: 1")
		if text := textOf(t, r); !strings.HasPrefix(text, "id: 2\n") {
			t.Errorf("resumed with %q", text)
		}
	})
	t.Run("while other answers stay JSON", func(t *testing.T) {
		r := follow(t, strings.TrimSuffix(address, "entries")+"checkpoint", "Accept: text/event-stream")
		if text := textOf(t, r); r.Header.Get("Content-Type") != "application/json" || !json.Valid([]byte(text)) {
			t.Errorf("%s: %s", r.Header.Get("Content-Type"), text)
		}
	})
}

func TestAStreamThatFailsSaysSoInItsLastElement(t *testing.T) {
	address := following(t, journal{entries: 1, then: func(context.Context) error { return fault.Unavailable("DRAINING", 0, nil) }}) + entries
	for accept, prefix := range map[string]string{"application/json": "", "text/event-stream": "event: problem\ndata: "} {
		t.Run(accept, func(t *testing.T) {
			r := follow(t, address, as(t, accessv1.Grant_AUDITOR), "Accept: "+accept)
			text := strings.TrimSpace(textOf(t, r))
			last := text[strings.Index(text, prefix+`{"error":`):]
			var element struct{ Error problem }
			if err := json.Unmarshal([]byte(strings.TrimPrefix(last, prefix)), &element); err != nil {
				t.Fatalf("%s: %v", last, err)
			}
			if p := element.Error; p.Status != 503 || p.Reason != "DRAINING" || p.Type != "urn:wancun:problem:draining" {
				t.Errorf("the last element is %+v", p)
			}
		})
	}
}

func TestAStreamEndsWhenTheServerDrains(t *testing.T) {
	draining, drain := context.WithCancel(t.Context())
	address := following(t, journal{entries: 1, then: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		func(_ *gateway.Config, d *gateway.Deps) { d.Draining = draining })
	r := follow(t, address+entries+"?follow=true", as(t, accessv1.Grant_AUDITOR))
	lines := bufio.NewReader(r.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	drain()
	rest, err := io.ReadAll(lines)
	if err != nil || !strings.Contains(string(rest), `"reason":"DRAINING"`) {
		t.Errorf("it ends with %s, %v", rest, err)
	}
}

func TestAStreamThatIsRefusedIsAProblemAndNotAStream(t *testing.T) {
	beyond := func(context.Context) error {
		return fault.OutOfRange("after", "BEYOND_HEAD", "is beyond the newest entry")
	}
	address := following(t, journal{then: beyond})
	for name, c := range map[string]struct {
		target    string
		headers   []string
		status    int
		parameter string
	}{
		"without a token":          {entries, nil, http.StatusUnauthorized, ""},
		"without the role":         {entries, []string{as(t, accessv1.Grant_VILLAGE_TEAM)}, http.StatusForbidden, ""},
		"without such a log":       {"/v1/logs/other/entries", []string{as(t, accessv1.Grant_AUDITOR)}, http.StatusNotFound, ""},
		"from where it is not yet": {entries + "?after=9", []string{as(t, accessv1.Grant_AUDITOR)}, http.StatusBadRequest, "after"},
		"from nowhere":             {entries + "?after=x", []string{as(t, accessv1.Grant_AUDITOR)}, http.StatusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, accept := range []string{"application/json", "text/event-stream"} {
				p := problemOf(t, follow(t, address+c.target, append(c.headers, "Accept: "+accept)...))
				if p.Status != c.status {
					t.Errorf("answered %+v, want %d", p, c.status)
				}
				if c.parameter != "" && (len(p.Errors) != 1 || p.Errors[0].Parameter != c.parameter) {
					t.Errorf("fields %+v", p.Errors)
				}
			}
		})
	}
}

func TestTheFourJournalsAreServedUnderOneName(t *testing.T) {
	address := following(t, journal{entries: 5})
	for _, log := range services.All() {
		r := follow(t, address+"/v1/logs/"+log+"/checkpoint")
		if text := textOf(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, "logs/"+log) {
			t.Errorf("%s: %s %s", log, r.Status, text)
		}
	}
	for _, what := range []string{"checkpoint", "inclusionProof?position=1&size=2", "consistencyProof?oldSize=1&size=2"} {
		if r := follow(t, address+"/v1/logs/other/"+what); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", what, r.Status)
		}
	}
}
