package k8sverify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a control plane without nodes: objects are admitted and stored, but no pod runs.
type cluster struct {
	bin  string
	args []string // the arguments with which kubectl connects to it
}

// start starts etcd and the API server, and stops them at the end of the test. Without the programs that verify.sh
// builds, the test fails; it is not skipped.
func start(t *testing.T) cluster {
	t.Helper()
	bin := os.Getenv("WANCUN_K8S_BIN")
	if bin == "" {
		t.Fatal("run verify.sh, which builds the API server first")
	}
	dir := t.TempDir()
	etcd, peer, api := freePort(t), freePort(t), freePort(t)
	store := fmt.Sprintf("http://127.0.0.1:%d", etcd)
	here := fmt.Sprintf("http://127.0.0.1:%d", peer)
	run(t, dir, filepath.Join(bin, "etcd"), "--data-dir=data", "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+store, "--advertise-client-urls="+store,
		"--listen-peer-urls="+here, "--initial-advertise-peer-urls="+here, "--initial-cluster=default="+here)
	write(t, filepath.Join(dir, "sa.key"), accountKey(t))
	write(t, filepath.Join(dir, "tokens.csv"), "administrator,administrator,1,system:masters\n")
	run(t, dir, filepath.Join(bin, "kube-apiserver"), "--etcd-servers="+store, "--cert-dir=pki",
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", api),
		"--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=sa.key", "--service-account-signing-key-file=sa.key",
		"--token-auth-file=tokens.csv", "--authorization-mode=RBAC")
	c := cluster{bin: bin, args: []string{
		fmt.Sprintf("--server=https://127.0.0.1:%d", api), "--token=administrator",
		"--certificate-authority=" + filepath.Join(dir, "pki", "apiserver.crt"), "--cache-dir=" + filepath.Join(dir, "cache"),
	}}
	c.await(t)
	return c
}

// await waits until the API server is ready.
func (c cluster) await(t *testing.T) {
	t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		said, err := c.kubectl(ctx, "get", "--raw=/readyz")
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the API server does not become ready: %s", said)
		case <-again.C:
		}
	}
}

// kubectl runs kubectl and returns its output.
func (c cluster) kubectl(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, filepath.Join(c.bin, "kubectl"), append(c.args, args...)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+os.DevNull)
	said, err := command.CombinedOutput()
	return string(said), err
}

// must fails the test if kubectl fails.
func (c cluster) must(t *testing.T, args ...string) string {
	t.Helper()
	said, err := c.kubectl(t.Context(), args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return said
}

// run starts a server. Its log is printed if the test fails.
func run(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = dir
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	var log strings.Builder
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = command.Wait() // the cleanup has stopped it
		if t.Failed() {
			t.Logf("the last of %s:\n%s", filepath.Base(program), log.String()[max(0, log.Len()-3000):])
		}
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("no port in %s", l.Addr())
	}
	return address.Port
}

// accountKey returns a key for signing tokens of service accounts. The API server requires one, although no token is
// signed here.
func accountKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
