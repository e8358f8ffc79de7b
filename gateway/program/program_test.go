package program_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/gateway/program"
	"github.com/wancun/wancun/platform/process/processtest"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

func TestTheGatewayServesWithoutTheServicesAndStops(t *testing.T) {
	p := processtest.Start(t, program.Run, append(processtest.Loopback(), "--org-target=passthrough:///127.0.0.1:1")...)
	for path, want := range map[string]int{
		"/openapi.json":     http.StatusOK,
		"/readyz":           http.StatusOK,
		"/v1/organizations": http.StatusServiceUnavailable,
		"/v1/nothing":       http.StatusNotFound,
	} {
		answer, err := http.Get("http://" + p.Address + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s answers %d, want %d", path, answer.StatusCode, want)
		}
	}
	p.Measures(t, "http_server_request_duration_seconds_count{")
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

// endless is a journal with one entry. Its stream stays open.
type endless struct {
	journalv1.UnimplementedJournalServiceServer
}

// Read sends the entry and waits until the client disconnects.
func (endless) Read(_ *journalv1.ReadRequest, to grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if err := to.Send(&journalv1.ReadResponse{Entries: []*journalv1.Entry{{Position: 1, Record: []byte("r")}}}); err != nil {
		return err
	}
	<-to.Context().Done()
	return to.Context().Err()
}

func TestAStreamDoesNotHoldUpTheGatewaysEnd(t *testing.T) {
	org := servertest.New(t, server.Config{})
	journalv1.RegisterJournalServiceServer(org, endless{})
	target := "--org-target=passthrough:///" + servertest.Serve(t, org)
	p := processtest.Start(t, program.Run, append(processtest.Loopback(), target)...)
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.Address+"/v1/logs/org/entries?follow=true", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	sent, _ := metadata.FromOutgoingContext(servertest.As(t.Context(), "auditor", servertest.Grant(accessv1.Grant_AUDITOR)))
	q.Header.Set("Authorization", sent.Get("authorization")[0])
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	lines := bufio.NewReader(answer.Body)
	if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, `"position":"1"`) {
		t.Fatalf("the stream begins with %q, %v", line, err)
	}
	p.Signal()
	if rest, err := io.ReadAll(lines); err != nil || !strings.Contains(string(rest), `"reason":"DRAINING"`) {
		t.Errorf("the stream ends with %q, %v", rest, err)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestTheGatewayRefusesAServiceWithoutAnAddress(t *testing.T) {
	for _, flag := range []string{"--org-target", "--village-target", "--action-target", "--report-target"} {
		if code, _, log := processtest.Run(t, program.Run, append(processtest.Loopback(), flag+"=")...); code != 1 || !strings.Contains(log, flag) {
			t.Errorf("exit code %d, want 1 and %s: %s", code, flag, log)
		}
	}
}
