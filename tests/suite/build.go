package suite

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// binaries is the directory of the commands built by Main. state is the user's state directory for them.
var binaries, state string

// Main builds wancun and the other named commands, runs the tests of a package and returns the exit code:
//
//	func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
func Main(m *testing.M, others ...string) int {
	var err error
	if binaries, err = build(append(others, "wancun")...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if state, err = os.MkdirTemp("", "wancun-tests-state-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := os.RemoveAll(state); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := neverCached(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// build builds the binaries into a directory that all packages share, under a lock because packages are tested in
// parallel. The go command links a binary again only if its sources changed.
func build(names ...string) (string, error) {
	dir := filepath.Join(root(), ".bin", "tested")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("build wancun: %w", err)
	}
	l := flock.New(filepath.Join(dir, "lock"))
	if err := l.Lock(); err != nil {
		return "", fmt.Errorf("build wancun: %w", err)
	}
	defer l.Close() //nolint:errcheck // the lock ends with the process at the latest
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, name := range names {
		args = append(args, "./cmd/"+name)
	}
	c := exec.CommandContext(context.Background(), "go", args...)
	c.Dir = filepath.Join(root(), "wancun")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build wancun: %w\n%s", err, out)
	}
	return dir, nil
}

// neverCached keeps the go command from caching the result of this run, because it does not know that the result
// depends on the binary. It caches no run that opened a recently written file of the module.
func neverCached() error {
	if err := os.WriteFile(filepath.Join(root(), "tests", "never-cached.out"), nil, 0o600); err != nil {
		return fmt.Errorf("mark the run: %w", err)
	}
	return nil
}

// root returns the root of the repository: the nearest folder above the package under test with a go.work. The source
// paths in the binary cannot be used, because -trimpath removes them.
func root() string {
	at, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for {
		_, err := os.Stat(filepath.Join(at, "go.work"))
		above := filepath.Dir(at)
		switch {
		case err == nil:
			return at
		case above == at:
			panic("no folder above the test has a go.work")
		}
		at = above
	}
}

// File returns the path of a file of the repository, given its path from the root.
func File(path string) string { return filepath.Join(root(), path) }

// Shared returns the path of a file of the reference data beside the repository. The data is not committed; without it
// the test is skipped.
func Shared(tb testing.TB, name string) string {
	tb.Helper()
	path := filepath.Join(root(), "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("skipped: ../shared/data/%s is not here", name)
	}
	return path
}
