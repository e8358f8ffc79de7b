package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	serverStart = 30 * time.Second
	serverStop  = 20 * time.Second
	// connections is enough for four services with several replicas, each of which has a pool and two listeners.
	connections  = 400
	databaseName = "wancun"
)

// startPostgres starts the server on the data in the directory and returns its URL. It initializes missing data first.
func (c *Cluster) startPostgres(ctx context.Context) (string, error) {
	bin, err := find(ctx, "PostgreSQL", "postgresql", lookPostgres, c.config.Notes)
	if err != nil {
		return "", err
	}
	as, err := unprivileged()
	if err != nil {
		return "", err
	}
	password, err := os.ReadFile(c.keys("postgres.password"))
	if err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	data := filepath.Join(c.layout.postgres(), "data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); errors.Is(err, fs.ErrNotExist) {
		if err := c.initPostgres(ctx, bin, data, as, password); err != nil {
			return "", fmt.Errorf("make the PostgreSQL cluster in %s: %w", data, err)
		}
	}
	address, err := c.ports.next(ctx)
	if err != nil {
		return "", err
	}
	_, port, _ := strings.Cut(address, ":")
	server, err := c.startServer(program{
		name: "postgres", path: filepath.Join(bin, "postgres"), dir: c.layout.postgres(), as: as,
		args: []string{
			"-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
			"-c", fmt.Sprintf("max_connections=%d", connections),
		},
		term: syscall.SIGINT, patience: serverStop, // a fast shutdown: it disconnects all clients and writes a checkpoint
	})
	if err != nil {
		return "", err
	}
	err = server.until(ctx, serverStart, func(context.Context) bool { return postgresReady(data) })
	return fmt.Sprintf("postgres://wancun:%s@%s/%s?sslmode=disable", strings.TrimSpace(string(password)), address, databaseName), err
}

// postgresReady reports whether the server has written "ready" into postmaster.pid, the file that its own tools read.
func postgresReady(data string) bool {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	return err == nil && strings.Contains(string(text), "\nready")
}

// initPostgres initializes a database cluster and creates the database, owned by the server's only user.
func (c *Cluster) initPostgres(ctx context.Context, bin, data string, as *syscall.Credential, password []byte) error {
	home := c.layout.postgres()
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	secret := filepath.Join(home, "password")
	if err := os.WriteFile(secret, password, 0o600); err != nil {
		return err
	}
	if err := own(as, home, secret); err != nil {
		return err
	}
	log := &strings.Builder{}
	err := c.once(ctx, log, as, "", filepath.Join(bin, "initdb"), "--pgdata="+data, "--username=wancun", "--pwfile="+secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err == nil {
		err = c.once(ctx, log, as, "CREATE DATABASE "+databaseName+";\n", filepath.Join(bin, "postgres"), "--single", "-D", data, "postgres")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w:\n%s", err, log), os.RemoveAll(data))
	}
	return os.Remove(secret)
}

// once runs one of PostgreSQL's programs and waits for its end.
func (c *Cluster) once(ctx context.Context, log *strings.Builder, as *syscall.Credential, stdin, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.layout.postgres(), strings.NewReader(stdin), log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	return cmd.Run()
}

// own changes the owner of files to the user that servers run as.
func own(as *syscall.Credential, paths ...string) error {
	if as == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(as.Uid), int(as.Gid)); err != nil {
			return err
		}
	}
	return nil
}
