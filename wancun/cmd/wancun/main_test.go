package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asItself is set in the environment of a process that a test starts from the test binary: it then runs main.
const asItself = "WANCUN_TEST_AS_ITSELF"

func TestMain(m *testing.M) {
	if os.Getenv(asItself) != "" {
		main()
	}
	os.Exit(m.Run())
}

// patience is far longer than any step of these tests takes.
const patience = time.Minute

// start starts `wancun up` and returns when it serves. rest is its REST address, and token a token for it.
func start(t *testing.T) (c *exec.Cmd, rest, token string) {
	t.Helper()
	dir := t.TempDir()
	c = exec.CommandContext(t.Context(), os.Args[0], "up", "--data", dir, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0")
	c.Env = append(os.Environ(), asItself+"=1")
	said, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // it has already ended, unless the test failed
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if found := regexp.MustCompile(`REST\s+http://(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			rest = found[1]
		}
		if strings.HasPrefix(lines.Text(), "Stop with") {
			minting := exec.CommandContext(t.Context(), os.Args[0], "token", "--data", dir, "--role", "province_admin")
			minting.Env = c.Env
			minted, err := minting.Output()
			if err != nil {
				t.Fatal(err)
			}
			return c, rest, strings.TrimSpace(string(minted))
		}
	}
	t.Fatal("wancun up does not serve")
	return nil, "", ""
}

func TestASecondSignalEndsTheProcessThoughACallIsUnderWay(t *testing.T) {
	c, rest, token := start(t)
	conn, err := net.DialTimeout("tcp", rest, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	head := "POST /v1/organizations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token +
		"\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
	if _, err := conn.Write([]byte(head)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the call is not under way: %q, %v", line, err)
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // the test reads ProcessState instead
		close(ended)
	}()
	// The process does not report when it has received the first signal, and only a signal after that one ends it. So
	// the test sends signals repeatedly.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for limit := time.After(patience); ; {
		select {
		case <-again.C:
			_ = c.Process.Signal(syscall.SIGTERM) // the process may have ended already
		case <-limit:
			t.Fatal("it still waits for the call")
		case <-ended:
			status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
				t.Errorf("ended by %v, want the second signal", c.ProcessState)
			}
			return
		}
	}
}
