package client_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

func TestAListOfReplicasSharesTheCalls(t *testing.T) {
	one, two := servertest.Serve(t, servertest.New(t, server.Config{})), servertest.Serve(t, servertest.New(t, server.Config{}))
	conn, err := client.Dial("list:///"+one+","+two, client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	seen := map[string]bool{}
	for !seen[one] || !seen[two] { // the second may take a moment to connect
		seen[whoAnswers(t, conn)] = true
	}
}

// whoAnswers makes a call and returns the name of the replica that answered.
func whoAnswers(t *testing.T, conn *grpc.ClientConn) string {
	t.Helper()
	var by peer.Peer
	_, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}, grpc.Peer(&by), grpc.WaitForReady(true))
	if err != nil {
		t.Fatal(err)
	}
	return by.Addr.String()
}

func TestAListWithAHoleIsRefused(t *testing.T) {
	conn, err := client.Dial("list:///127.0.0.1:1,,127.0.0.1:2", client.Config{})
	if err != nil {
		return // refused by Dial, or by the first call
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	if _, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err == nil {
		t.Error("a list with a hole answers")
	}
}
