package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/tests/suite"
)

func TestWhatTheClusterPrintsLeadsIntoIt(t *testing.T) {
	cluster := theCluster(t)
	says := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(cluster.out.String())
		if found == nil {
			t.Fatalf("it says nothing like %s:\n%s", pattern, &cluster.out)
		}
		return found[1]
	}
	command := strings.Fields(says(`(?m)^  A token: +wancun-cluster (token .*)$`))
	token, err := suite.Program(t.Context(), "wancun-cluster", command...).Output()
	if err != nil {
		t.Fatal(err)
	}
	page, err := fetch(t.Context(), says(`(?m)^  REST +(http://\S+)`)+"/v1/organizations", strings.TrimSpace(string(token)))
	if err != nil || !strings.Contains(page, "contact") {
		t.Errorf("with the token of the printed command: %v: %.200s", err, page)
	}
	for _, r := range cluster.state(t).Processes {
		says(`(?m)^  ` + r.Name + ` +\d+ +(` + r.Address + `) +http://` + r.Ops + `/metrics$`)
	}
}

func TestWhateverEndsTheClusterEndsAllOfIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux ends processes with their parent")
	}
	for _, story := range []struct {
		name string
		by   syscall.Signal
		code int
		own  bool // whether the cluster starts PostgreSQL and Redis itself
	}{
		{"Ctrl-C", syscall.SIGINT, 0, true},
		{"SIGTERM", syscall.SIGTERM, 0, false},
		{"kill -9", syscall.SIGKILL, -1, true},
	} {
		t.Run(story.name, func(t *testing.T) {
			flags := servers(t)
			if story.own {
				flags = nil
			}
			cluster := startCluster(t, append([]string{"--no-demo", "--replicas=1"}, flags...)...)
			dir := printedDirectory(t, cluster)
			t.Cleanup(func() { _ = os.RemoveAll(dir) }) // in case the cluster did not
			s := serving(t, cluster, dir)
			if len(s.Processes) != len(services.All())+1 {
				t.Errorf("there are %d processes", len(s.Processes))
			}
			processes := map[string]int{}
			for _, r := range s.Processes {
				processes[r.Name] = r.PID
			}
			if story.own {
				processes["PostgreSQL"] = postmaster(t, dir)
			}
			if code := cluster.signal(t, story.by); code != story.code {
				t.Errorf("exit code = %d", code)
			}
			for name, pid := range processes {
				suite.Eventually(t, name+" to end", func() bool { return gone(pid) })
			}
			if story.own {
				suite.Eventually(t, "Redis to end", func() bool { return !listens(t, s.Redis) })
			}
			if _, err := os.Stat(dir); story.by != syscall.SIGKILL && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("its directory is left behind: %v", err)
			}
		})
	}
}

// printedDirectory waits for the greeting of a cluster without --data, and returns the directory named in it.
func printedDirectory(t *testing.T, cluster *running) string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^  Directory +(\S+) `)
	var found []string
	suite.Eventually(t, "the cluster to say where it lies", func() bool {
		found = line.FindStringSubmatch(cluster.out.String())
		return found != nil || cluster.over()
	})
	if found == nil {
		cluster.gaveUp(t)
	}
	return found[1]
}

// postmaster returns the process id of the PostgreSQL that the cluster in a directory started.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatalf("the process id of PostgreSQL: %v", err)
	}
	return pid
}

// gone reports whether the process has ended. A zombie that its parent has not reaped yet counts as ended.
func gone(pid int) bool {
	about, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return errors.Is(err, os.ErrNotExist) || bytes.Contains(about, []byte(") Z "))
}

// listens reports whether a server listens at a URL's address.
func listens(t *testing.T, address string) bool {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	return err == nil && conn.Close() == nil
}
