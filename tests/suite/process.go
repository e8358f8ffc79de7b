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

// Options say how a suite is started. The zero value is an empty suite on SQLite in a directory of the test.
type Options struct {
	// Dir is the data directory.
	Dir string
	// Postgres is the database that holds the data instead of SQLite files in Dir.
	Postgres string
	// Demo loads the campaign of the notice first.
	Demo bool
	// Checkpoints is the directory in which checkpoints are kept, or "none"; empty for the default.
	Checkpoints string
	// CheckInterval is how often what is stored is compared with the journals; empty for the default.
	CheckInterval string
	// Secrets says where the private keys are; empty for the data directory.
	Secrets string
	// Keys is the directory in which the test finds the key of the issuer; empty for that of the data directory.
	Keys string
}

// Suite is a running `wancun up`.
type Suite struct {
	// Options are those it was started with, Dir filled in.
	Options
	// REST and SignIn are URLs, GRPC is host and port.
	REST, SignIn, GRPC string
	// Conn calls over gRPC, or by REST; see As and ByREST.
	Conn grpc.ClientConnInterface

	notes   *transcript // standard error
	process *os.Process
	ended   chan struct{} // closed when the process is gone
	code    int           // valid once ended
	issuer  *issuer.Issuer
}

// Up starts a suite and returns when it serves. It is killed with the test if nobody stopped it before.
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

// start runs the command and reads its greeting.
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
		_ = c.Wait() // the code tells
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

// greeting takes the addresses from what a person would read, and reads on so that the process never waits for a reader.
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

// promptly is far more than a stop needs, and half of what calls under way are given to end: a stop that takes as long was
// held up by something.
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

// Kill ends the suite as a power cut of the process would (SIGKILL) and waits until it is gone.
func (s *Suite) Kill(tb testing.TB) {
	tb.Helper()
	_ = s.process.Kill() // it may be gone already
	<-s.ended
}

// Ended says whether the process is gone.
func (s *Suite) Ended() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// Again starts the suite anew on the same data. The one before must have ended.
func (s *Suite) Again(tb testing.TB) *Suite {
	tb.Helper()
	o := s.Options
	o.Demo = false
	return Up(tb, o)
}

// Flags are the flags by which an offline command finds the same data.
func (s *Suite) Flags() []string {
	flags := []string{"--data", s.Dir}
	if s.Postgres != "" {
		flags = append(flags, "--postgres", s.Postgres)
	}
	return flags
}

// Server is the flag by which a command finds the running suite.
func (s *Suite) Server() string { return fmt.Sprintf("--server=http://%s", s.GRPC) }

// Notes are what the suite has said on standard error.
func (s *Suite) Notes() string { return s.notes.String() }

// transcript is what a process says, to be read meanwhile. The zero value is empty.
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
