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

// replica is a process of a cluster, as cluster.json has it.
type replica struct {
	Name, Part   string
	PID          int
	Address, Ops string
}

// state is what cluster.json says.
type state struct {
	Issuer, Gateway, Postgres, Redis string
	Processes                        []replica
}

// read reads what is known of the cluster in a directory; false if none runs there yet, or no more.
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

// named is the replica of that name.
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

// of are the replicas of a part.
func (s state) of(part string) []replica {
	var list []replica
	for _, r := range s.Processes {
		if r.Part == part {
			list = append(list, r)
		}
	}
	return list
}

// end sends a process of the cluster in a directory a signal.
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

// back waits until a process that was ended runs again and is ready.
func back(t *testing.T, cluster *running, dir string, before replica) {
	t.Helper()
	suite.Eventually(t, before.Name+" to serve again", func() bool {
		now, ok := read(t, dir)
		return cluster.over() || ok && now.named(t, before.Name).PID != before.PID && now.named(t, before.Name).ready(t)
	})
}

// ready reports whether a process says that calls may be sent to it.
func (r replica) ready(t *testing.T) bool {
	t.Helper()
	_, err := fetch(t.Context(), "http://"+r.Ops+"/readyz", "")
	return err == nil
}

// metrics are the lines of a process's metrics, by everything before the value.
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

// fetch reads what is there, which must be good.
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

// servers are the flags by which a cluster uses the test's own PostgreSQL and Redis.
func servers(t *testing.T) []string {
	t.Helper()
	return []string{"--postgres", suite.Postgres(t), "--redis", suite.Redis(t)}
}
