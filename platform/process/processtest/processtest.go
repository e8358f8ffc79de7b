// Package processtest runs a program of the suite inside a test. As an operator does, the test uses its flags, its
// addresses, its log and its exit code.
package processtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/process"
)

// Program runs with a command line until its context ends, as process.Run does.
type Program func(context.Context, process.Call) int

// Run runs a program to its end, and returns its exit code and its output.
func Run(tb testing.TB, run Program, args ...string) (code int, stdout, stderr string) {
	tb.Helper()
	var out, log bytes.Buffer
	code = run(tb.Context(), process.Call{Args: args, Stdout: &out, Stderr: &log})
	return code, out.String(), log.String()
}

// MustRun runs a program that must succeed, and returns its standard output.
func MustRun(tb testing.TB, run Program, args ...string) string {
	tb.Helper()
	code, out, log := Run(tb, run, args...)
	if code != 0 {
		tb.Fatalf("%s: exit code %d\n%s%s", strings.Join(args, " "), code, out, log)
	}
	return out
}

// Process is a running program.
type Process struct {
	// Address serves calls or requests, and Ops is the ops port.
	Address, Ops string

	stop  context.CancelFunc
	ended chan struct{}
	code  int // valid after ended is closed

	mu  sync.Mutex
	log bytes.Buffer
}

// Start starts a program and returns when it serves. The end of the test stops it if it still runs.
func Start(tb testing.TB, run Program, args ...string) *Process {
	tb.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(tb.Context()))
	p := &Process{stop: stop, ended: make(chan struct{})}
	reader, writer := io.Pipe()
	serving := make(chan struct{})
	go p.read(reader, serving)
	go func() {
		p.code = run(ctx, process.Call{Args: args, Stdout: io.Discard, Stderr: writer})
		_ = writer.Close() // never fails
		close(p.ended)
	}()
	tb.Cleanup(func() {
		p.Stop()
		if tb.Failed() {
			tb.Logf("the log:\n%s", p.Log())
		}
	})
	select {
	case <-serving:
	case <-p.ended:
		tb.Fatalf("ended with code %d before it served:\n%s", p.code, p.Log())
	}
	return p
}

// read collects the log, and reads the addresses from it.
func (p *Process) read(log io.Reader, serving chan<- struct{}) {
	once := sync.OnceFunc(func() { close(serving) })
	for lines := bufio.NewScanner(log); lines.Scan(); {
		p.mu.Lock()
		p.log.Write(append(lines.Bytes(), '\n'))
		p.mu.Unlock()
		var line struct{ Msg, GRPC, HTTP, Ops string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			p.Address, p.Ops = line.GRPC+line.HTTP, line.Ops
			once()
		}
	}
}

// Log returns the log so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// Signal stops the process as SIGTERM does, and does not wait.
func (p *Process) Signal() { p.stop() }

// Stop stops the process and returns its exit code.
func (p *Process) Stop() int {
	p.stop()
	<-p.ended
	return p.code
}

// Probe requests a path from the ops port, and returns the status and the body; 0 if there is no answer.
func (p *Process) Probe(tb testing.TB, path string) (int, string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(tb.Context()), http.MethodGet, "http://"+p.Ops+path, http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// manyProbes is how often Measures polls for a metric that is recorded after the answer.
const manyProbes = 1000

// Measures fails the test unless a series of the metrics begins with the text. It polls, because a call is recorded
// when it has ended, which may be a moment after its caller receives the answer.
func (p *Process) Measures(tb testing.TB, series string) {
	tb.Helper()
	var status int
	var text string
	for range manyProbes {
		if status, text = p.Probe(tb, "/metrics"); status == http.StatusOK && strings.Contains(text, "\n"+series) {
			return
		}
	}
	tb.Errorf("%s is not measured: %d\n%s", series, status, text)
}

// Database returns the flags of a new SQLite database.
func Database(tb testing.TB) []string {
	tb.Helper()
	return []string{"--database-url-file", File(tb, "database", "sqlite://"+filepath.Join(tb.TempDir(), "data.db"))}
}

// Flags returns the flags of a service on loopback, in clear text, with its own keys, without those of a database.
func Flags(tb testing.TB, service string) []string {
	tb.Helper()
	signer, _, err := journal.GenerateKey("wancun/"+service, rand.Reader) //nolint:forbidigo // a key for one test
	if err != nil {
		tb.Fatal(err)
	}
	return append(Loopback(),
		"--journal-key-file", File(tb, "journal.key", signer), "--page-key-file", Key(tb))
}

// Loopback returns the flags of every process in tests: free ports, no certificates, no waiting, and an issuer that
// does not run.
func Loopback() []string {
	return []string{"--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--insecure", "--drain-wait", "0s",
		"--oidc-issuer", "https://issuer.invalid"}
}

// Key returns the path of a file with a key of 32 bytes.
func Key(tb testing.TB) string {
	tb.Helper()
	return File(tb, "key", strings.Repeat("5f", 32))
}

// File writes a file in a directory of the test and returns its path.
func File(tb testing.TB, name, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}
