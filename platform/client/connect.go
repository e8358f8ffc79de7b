package client

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
)

// reconnectTime is how long a call waits for a peer that cannot be reached. The pauses of [reconnecting] are shorter until
// a peer has been away for a second. A call therefore reaches a peer that has just started, as when all services start
// together.
const reconnectTime = time.Second

// awaitConnection makes a call wait while its connection is lost. Otherwise gRPC would refuse the call until its next
// attempt to connect, although the peer may be reachable again.
func awaitConnection(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if conn.GetState() == connectivity.TransientFailure {
		waiting, stop := context.WithTimeout(ctx, reconnectTime)
		conn.WaitForStateChange(waiting, connectivity.TransientFailure) // the call reports whether it changed
		stop()
	}
	return invoke(ctx, method, request, reply, conn, opts...)
}
