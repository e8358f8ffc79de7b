package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

// replica is a process in cluster.json.
type replica struct {
	Name, Part   string
	PID          int
	Address, Ops string
}

// state is the content of cluster.json.
type state struct {
	Issuer, Gateway, Postgres, Redis string
	Processes                        []replica
}

// read reads the state of the cluster in a directory; false if no cluster serves from it.
func read(t *testing.T, dir string) (state, bool) {
	t.Helper()
	var s state
	text, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
	if err != nil {
		return s, false
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatalf("read cluster.json: %v", err)
	}
	return s, true
}

// serving waits until the cluster in a directory serves.
func serving(t *testing.T, cluster *running, dir string) state {
	t.Helper()
	var s state
	suite.Eventually(t, "the cluster to serve", func() bool {
		var ok bool
		s, ok = read(t, dir)
		return ok || cluster.over()
	})
	if len(s.Processes) == 0 {
		t.Fatal("the cluster does not serve")
	}
	return s
}

// named returns the replica with this name.
func (s state) named(t *testing.T, name string) replica {
	t.Helper()
	for _, r := range s.Processes {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no process %s", name)
	return replica{}
}

// of returns the replicas of a part.
func (s state) of(part string) []replica {
	var list []replica
	for _, r := range s.Processes {
		if r.Part == part {
			list = append(list, r)
		}
	}
	return list
}

// end sends a signal to a process of the cluster in a directory.
func end(t *testing.T, dir, name string, by syscall.Signal) {
	t.Helper()
	s, ok := read(t, dir)
	if !ok {
		t.Fatalf("no cluster runs when %s is to end", name)
	}
	if err := syscall.Kill(s.named(t, name).PID, by); err != nil {
		t.Fatalf("end %s: %v", name, err)
	}
}

// back waits until an ended process has been restarted and is ready.
func back(t *testing.T, cluster *running, dir string, before replica) {
	t.Helper()
	suite.Eventually(t, before.Name+" to serve again", func() bool {
		now, ok := read(t, dir)
		return cluster.over() || ok && now.named(t, before.Name).PID != before.PID && now.named(t, before.Name).ready(t)
	})
}

// ready reports whether a process is ready to receive calls.
func (r replica) ready(t *testing.T) bool {
	t.Helper()
	_, err := fetch(t.Context(), "http://"+r.Ops+"/readyz", "")
	return err == nil
}

// metrics returns the metrics of a process: the part of each line before the value, with the value.
func (r replica) metrics(t *testing.T) map[string]string {
	t.Helper()
	page, err := fetch(t.Context(), "http://"+r.Ops+"/metrics", "")
	if err != nil {
		return nil
	}
	lines := map[string]string{}
	for line := range strings.Lines(page) {
		if at := strings.LastIndexByte(line, ' '); at > 0 {
			lines[line[:at]] = strings.TrimSpace(line[at:])
		}
	}
	return lines
}

// fetch returns the body of a successful GET.
func fetch(ctx context.Context, url, token string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, answer.Status, body)
	}
	return string(body), err
}

// servers returns the flags that make a cluster use the test's own PostgreSQL and Redis.
func servers(t *testing.T) []string {
	t.Helper()
	return []string{"--postgres", suite.Postgres(t), "--redis", suite.Redis(t)}
}
