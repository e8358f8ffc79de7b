package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// MissingError means that a server is not installed and could not be installed.
type MissingError struct {
	// Server is the missing program, and Package the package of the system that contains it.
	Server, Package string
	// Why is the reason why it could not be installed.
	Why string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not installed, and %s: install the package %s, or name a server that runs", e.Server, e.Why, e.Package)
}

// find looks for the server's binary. If it is missing, find installs the package, if this process may.
func find(ctx context.Context, server, pkg string, look func() (string, bool), notes io.Writer) (string, error) {
	if path, ok := look(); ok {
		return path, nil
	}
	if err := install(ctx, server, pkg, notes); err != nil {
		return "", err
	}
	if path, ok := look(); ok {
		return path, nil
	}
	return "", &MissingError{server, pkg, "its package holds no binary that is known here"}
}

// noServices is a script that stops packages from starting their services during installation.
const noServices = "/usr/sbin/policy-rc.d"

func install(ctx context.Context, server, pkg string, notes io.Writer) error {
	apt, err := exec.LookPath("apt-get")
	switch {
	case err != nil:
		return &MissingError{server, pkg, "there is no apt-get to install it with"}
	case os.Geteuid() != 0:
		return &MissingError{server, pkg, "installing it takes root"}
	}
	_, _ = fmt.Fprintf(notes, "installing %s with apt-get …\n", pkg) // a failed write does not stop this
	if _, err := os.Stat(noServices); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(noServices, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil { //nolint:gosec // apt runs it
			return fmt.Errorf("install %s: %w", pkg, err)
		}
		defer os.Remove(noServices) //nolint:errcheck // the next package would only not be started
	}
	for _, args := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", pkg}} {
		c := exec.CommandContext(ctx, apt, args...)
		c.Env = append(c.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := c.CombinedOutput(); err != nil {
			return &MissingError{server, pkg, fmt.Sprintf("apt-get failed (%v):\n%s", err, out)}
		}
	}
	return nil
}

// lookPostgres finds the folder with initdb and postgres: the one in the PATH, or that of the newest installed version.
func lookPostgres() (string, bool) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // the only error is a bad pattern
	slices.SortFunc(candidates, func(a, b string) int { return postgresVersion(b) - postgresVersion(a) })
	if path, err := exec.LookPath("postgres"); err == nil {
		candidates = append([]string{path}, candidates...)
	}
	for _, path := range candidates {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			path = resolved
		}
		dir := filepath.Dir(path)
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, true
		}
	}
	return "", false
}

func postgresVersion(path string) int {
	version, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 sorts last
	return version
}

func lookRedis() (string, bool) {
	path, err := exec.LookPath("redis-server")
	return path, err == nil
}

// unprivileged returns the user that servers run as if this process runs as root, because PostgreSQL refuses to run as
// root. Otherwise it returns nil.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // as SysProcAttr has it
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("find a user without power: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("find a user without power: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("find a user without power: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
