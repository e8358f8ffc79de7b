package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

// shared is the cluster that most tests use: two replicas of each service, the demonstration, its own PostgreSQL, and a
// Redis that only runs if a test starts it. Processes that end are restarted.
type shared struct {
	*running
	dir   string
	redis *redisServer
	spans *collected
}

// theShared is started by the first test that needs it.
var theShared struct {
	once sync.Once
	*shared
	err error
}

// theCluster returns the shared cluster, with the demonstration loaded.
func theCluster(t *testing.T) *shared {
	t.Helper()
	// Machines with test servers also have the servers' binaries, which the cluster starts itself.
	suite.Given(t, "WANCUN_TEST_POSTGRES")
	suite.Given(t, "WANCUN_TEST_REDIS")
	theShared.once.Do(func() { theShared.shared, theShared.err = startShared() })
	if theShared.err != nil {
		t.Fatal(theShared.err)
	}
	suite.Eventually(t, "the demonstration to be loaded", func() bool {
		return theShared.over() || strings.Contains(theShared.out.String(), "Stop with Ctrl-C.")
	})
	if theShared.over() {
		theShared.gaveUp(t)
	}
	return theShared.shared
}

func startShared() (*shared, error) {
	dir, err := os.MkdirTemp("", "wancun-test-cluster-")
	if err != nil {
		return nil, err
	}
	spans, err := collect()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	// The cluster must outlive the test that starts it.
	c := suite.Program(context.Background(), "wancun-cluster", "--restart", "--data", dir, "--redis", "redis://"+address+"/0")
	c.Env = append(c.Environ(), "WANCUN_OTLP_ENDPOINT="+spans.address,
		"WANCUN_TRACE_RATIO=1e-9",     // the ratio of requests without a trace header
		"OTEL_BSP_SCHEDULE_DELAY=100") // so that spans arrive before the process ends
	r, err := launch(c)
	if err != nil {
		return nil, err
	}
	return &shared{running: r, dir: dir, redis: &redisServer{address: address}, spans: spans}, nil
}

// endShared stops the shared cluster if it was started. It removes its directory, unless the logs in it are needed.
func endShared(failed bool) error {
	s := theShared.shared
	if s == nil {
		return nil
	}
	err := s.redis.kill()
	if !s.over() {
		err = errors.Join(err, s.cmd.Process.Signal(syscall.SIGINT))
	}
	if code := s.wait(); code != 0 {
		err = errors.Join(err, fmt.Errorf("the shared cluster ended with code %d:\n%s", code, s.said()))
	}
	if failed || err != nil {
		return errors.Join(err, fmt.Errorf("the logs of the shared cluster are in %s", filepath.Join(s.dir, "log")))
	}
	return os.RemoveAll(s.dir)
}

// state returns the current state of the cluster.
func (s *shared) state(t *testing.T) state {
	t.Helper()
	now, ok := read(t, s.dir)
	if !ok {
		t.Fatalf("the shared cluster does not run:\n%s", s.out.String())
	}
	return now
}

// suite returns a client of the cluster's gateway.
func (s *shared) suite(t *testing.T) *suite.Suite {
	t.Helper()
	now := s.state(t)
	return suite.Join(t, now.Gateway, s.dir, now.Issuer)
}

// freeAddress returns a free loopback address. Its port is below the range of client ports: there, a client that
// connects to a free port could connect to itself.
func freeAddress() (string, error) {
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000)))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", errors.New("no port of the loopback is free")
}

// redisServer is a Redis of the test itself, without persistence.
type redisServer struct {
	address string
	process *running // nil if it does not run
}

// start starts the server, unless it runs.
func (r *redisServer) start(t *testing.T) {
	t.Helper()
	if r.process != nil {
		return
	}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		suite.Missing(t, "redis-server is not installed")
	}
	_, port, _ := strings.Cut(r.address, ":")
	c := exec.CommandContext(context.WithoutCancel(t.Context()), path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no")
	suite.EndWithTests(c)
	if r.process, err = launch(c); err != nil {
		t.Fatal(err)
	}
	suite.Eventually(t, "Redis to listen", func() bool {
		conn, err := net.Dial("tcp", r.address)
		return err == nil && conn.Close() == nil
	})
}

// stop makes the server stop answering while its connections stay open.
func (r *redisServer) stop(t *testing.T) {
	t.Helper()
	if err := r.process.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stop Redis: %v", err)
	}
}

// kill kills the server if it runs.
func (r *redisServer) kill() error {
	if r.process == nil {
		return nil
	}
	if err := r.process.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill Redis: %w", err)
	}
	r.process.wait()
	r.process = nil
	return nil
}
