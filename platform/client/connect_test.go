package client_test

import (
	"net"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// TestACallWaitsForAPeerThatIsStarting makes a call after a refused connection, and starts the peer during the call.
func TestACallWaitsForAPeerThatIsStarting(t *testing.T) {
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := reserved.Addr().String()
	if err := reserved.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := client.Dial("list:///"+address, client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	conn.Connect()
	for s := conn.GetState(); s != connectivity.TransientFailure; s = conn.GetState() {
		conn.WaitForStateChange(t.Context(), s)
	}
	check := func() error {
		_, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		return err
	}
	answer := make(chan error, 1)
	go func() { answer <- check() }()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	servertest.ServeOn(t, servertest.New(t, server.Config{}), listener)
	if err := <-answer; err != nil {
		t.Errorf("a call while the peer started: %v", err)
	}
}

func TestACallToAPeerThatStaysAwayFails(t *testing.T) {
	conn, err := client.Dial("list:///127.0.0.1:1", client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	for range 2 {      // while it connects, and after that failed
		_, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if status.Code(err) != codes.Unavailable {
			t.Errorf("check = %v, want Unavailable", err)
		}
	}
}
