package suite

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/wancun/wancun/platform/access/issuer"
)

// Options configure a suite. The zero value is an empty suite on SQLite in a directory of the test.
type Options struct {
	// Dir is the data directory.
	Dir string
	// Postgres is the URL of the database for the data. Empty: SQLite files in Dir.
	Postgres string
	// Demo loads the demonstration first.
	Demo bool
	// Checkpoints is the directory of the kept checkpoints, or "none"; empty for the default.
	Checkpoints string
	// CheckInterval is the interval at which the tables are compared with the journals; empty for the default.
	CheckInterval string
	// Secrets is the place of the private keys; empty for the data directory.
	Secrets string
	// Keys is the directory of the issuer's key, for the test; empty for that of the data directory.
	Keys string
}

// Suite is a running `wancun up`.
type Suite struct {
	// Options are the options of the start, with Dir set.
	Options
	// REST and SignIn are URLs; GRPC is host and port.
	REST, SignIn, GRPC string
	// Conn makes calls over gRPC, or over REST after ByREST; see As.
	Conn grpc.ClientConnInterface

	notes   *transcript // standard error
	process *os.Process
	ended   chan struct{} // closed when the process has ended
	code    int           // the exit code, valid after ended is closed
	issuer  *issuer.Issuer
}

// Up starts a suite and waits until it serves. At the end of the test it is killed if it is still running.
func Up(tb testing.TB, o Options) *Suite {
	tb.Helper()
	if o.Dir == "" {
		o.Dir = tb.TempDir()
	}
	args := []string{"up", "--data", o.Dir, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"}
	if o.Postgres != "" {
		args = append(args, "--postgres", o.Postgres)
	}
	if o.Checkpoints != "" {
		args = append(args, "--checkpoints", o.Checkpoints)
	}
	if o.Secrets != "" {
		args = append(args, "--secrets", o.Secrets)
	}
	if o.CheckInterval != "" {
		args = append(args, "--check-interval", o.CheckInterval)
	}
	if o.Demo {
		args = append(args, "--demo")
	}
	s := &Suite{Options: o, ended: make(chan struct{})}
	s.start(tb, Command(context.WithoutCancel(tb.Context()), args...))
	s.issuer = openIssuer(tb, cmp.Or(o.Keys, filepath.Join(o.Dir, "keys")), Issuer)
	conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20), grpc.MaxCallSendMsgSize(64<<20)))
	if err != nil {
		tb.Fatalf("dial %s: %v", s.GRPC, err)
	}
	tb.Cleanup(func() { _ = conn.Close() }) // nothing is left to lose
	s.Conn = conn
	return s
}

// start runs the command and waits for its greeting.
func (s *Suite) start(tb testing.TB, c *exec.Cmd) {
	tb.Helper()
	said, err := c.StdoutPipe()
	if err != nil {
		tb.Fatalf("start wancun up: %v", err)
	}
	s.notes = &transcript{}
	c.Stderr = s.notes
	if err := c.Start(); err != nil {
		tb.Fatalf("start wancun up: %v", err)
	}
	s.process = c.Process
	served := make(chan struct{})
	go func() {
		s.greeting(said, served)
		_ = c.Wait() // ProcessState holds the result
		s.code = c.ProcessState.ExitCode()
		close(s.ended)
	}()
	tb.Cleanup(func() {
		s.Kill(tb)
		if notes := s.notes.String(); tb.Failed() && notes != "" {
			tb.Logf("wancun up said on standard error:\n%s", tail(notes))
		}
	})
	select {
	case <-served:
	case <-s.ended:
		tb.Fatalf("wancun up ended with code %d before it served:\n%s", s.code, s.notes)
	case <-time.After(patience):
		tb.Fatalf("wancun up does not serve:\n%s", s.notes)
	}
}

var (
	restLine   = regexp.MustCompile(`^\s+REST\s+(http://\S+)`)
	grpcLine   = regexp.MustCompile(`^\s+gRPC\s+(\S+)`)
	signInLine = regexp.MustCompile(`^\s+Sign in\s+(http://\S+)`)
	lastLine   = regexp.MustCompile(`^Stop with`)
)

// greeting reads the addresses from the greeting for users. It continues to read, so that the process never blocks on
// its output.
func (s *Suite) greeting(said io.Reader, served chan<- struct{}) {
	once := sync.OnceFunc(func() { close(served) })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		for line, field := range map[*regexp.Regexp]*string{restLine: &s.REST, grpcLine: &s.GRPC, signInLine: &s.SignIn} {
			if found := line.FindStringSubmatch(lines.Text()); found != nil {
				*field = found[1]
			}
		}
		if lastLine.MatchString(lines.Text()) {
			once()
		}
	}
}

// promptly bounds a stop. It is far more than a stop needs, and half of the time limit for calls in flight: a stop that
// takes this long was delayed by one of them.
const promptly = 10 * time.Second

// Stop asks the suite to stop, as an operator would, and returns its exit code.
func (s *Suite) Stop(tb testing.TB) int {
	tb.Helper()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatalf("stop wancun up: %v", err)
	}
	select {
	case <-s.ended:
		return s.code
	case <-time.After(promptly):
		tb.Fatal("wancun up does not stop when asked")
		return -1
	}
}

// Kill kills the process (SIGKILL) and waits until it has ended.
func (s *Suite) Kill(tb testing.TB) {
	tb.Helper()
	_ = s.process.Kill() // it may have ended already
	<-s.ended
}

// Ended reports whether the process has ended.
func (s *Suite) Ended() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// Again starts the suite again on the same data. The previous process must have ended.
func (s *Suite) Again(tb testing.TB) *Suite {
	tb.Helper()
	o := s.Options
	o.Demo = false
	return Up(tb, o)
}

// Flags returns the flags that make an offline command use the same data.
func (s *Suite) Flags() []string {
	flags := []string{"--data", s.Dir}
	if s.Postgres != "" {
		flags = append(flags, "--postgres", s.Postgres)
	}
	return flags
}

// Server returns the flag that makes a command call the running suite.
func (s *Suite) Server() string { return fmt.Sprintf("--server=http://%s", s.GRPC) }

// Notes returns the standard error of the suite so far.
func (s *Suite) Notes() string { return s.notes.String() }

// transcript collects the output of a process and can be read at any time. The zero value is empty.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func tail(text string) string {
	const enough = 8 << 10
	if len(text) > enough {
		return "…" + text[len(text)-enough:]
	}
	return text
}
