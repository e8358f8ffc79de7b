package cluster

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// startRedis starts a server without persistence and returns its URL.
func (c *Cluster) startRedis(ctx context.Context) (string, error) {
	path, err := find(ctx, "Redis", "redis-server", lookRedis, c.config.Notes)
	if err != nil {
		return "", err
	}
	as, err := unprivileged()
	if err != nil {
		return "", err
	}
	home := c.layout.redis()
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("start Redis: %w", err)
	}
	if err := own(as, home); err != nil {
		return "", fmt.Errorf("start Redis: %w", err)
	}
	address, err := c.ports.next(ctx)
	if err != nil {
		return "", err
	}
	_, port, _ := strings.Cut(address, ":")
	server, err := c.startServer(program{
		name: "redis", path: path, dir: home, as: as, term: syscall.SIGTERM, patience: serverStop,
		args: []string{"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"},
	})
	if err != nil {
		return "", err
	}
	return "redis://" + address + "/0", server.until(ctx, serverStart, func(ctx context.Context) bool { return redisReady(ctx, address) })
}

func redisReady(ctx context.Context, address string) bool {
	conn, err := (&net.Dialer{Timeout: poll}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && strings.HasPrefix(answer, "+PONG")
}
