package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
)

func run(ctx context.Context, call process.Call) int { return process.RunEdge(ctx, program(), call) }

func TestTheGatewayServesWithoutTheServicesAndStops(t *testing.T) {
	p := processtest.Start(t, run, append(processtest.Loopback(), "--org-target=passthrough:///127.0.0.1:1")...)
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
	if status, text := p.Probe(t, "/metrics"); status != http.StatusOK || !strings.Contains(text, "http_server_request_duration_seconds_count{") {
		t.Errorf("metrics = %d: %s", status, text)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestTheGatewayRefusesAServiceWithoutAnAddress(t *testing.T) {
	for _, flag := range []string{"--org-target", "--village-target", "--action-target", "--report-target"} {
		if code, _, log := processtest.Run(t, run, append(processtest.Loopback(), flag+"=")...); code != 1 || !strings.Contains(log, flag) {
			t.Errorf("exit code %d, want 1 and %s: %s", code, flag, log)
		}
	}
}
