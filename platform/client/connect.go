package client

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
)

// reconnectTime is how long a call waits for a peer that cannot be reached. The pauses of [reconnecting] reach it after a
// second without the peer, so a peer that has just started, as when all services start together, is reached within it.
const reconnectTime = time.Second

// awaitConnection lets a call wait for a lost connection before it is made. gRPC would fail it at once until the next attempt
// to connect, although the peer may be there already.
func awaitConnection(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if conn.GetState() == connectivity.TransientFailure {
		waiting, stop := context.WithTimeout(ctx, reconnectTime)
		conn.WaitForStateChange(waiting, connectivity.TransientFailure) // whether it changed is for the call to find out
		stop()
	}
	return invoke(ctx, method, request, reply, conn, opts...)
}
