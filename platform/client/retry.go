package client

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/retry"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/access"
)

const (
	maxAttempts = 3
	firstPause  = 25 * time.Millisecond
	jitter      = 0.5
)

// The throttle of gRFC A6: a failure takes a token, a success returns a tenth, and with half of the tokens or fewer no
// call is sent again. The upper half is the cost of a single event. A killed replica fails all calls it has at that
// moment, about thirty under load, and some of them once more until the connection is known to be closed.
const (
	maxTokens  = 100.0
	tokenRatio = 0.1
)

// retrier sends failed calls again. Each connection has one.
type retrier struct {
	again grpc.UnaryClientInterceptor

	mu     sync.Mutex
	tokens float64
}

func newRetrier() *retrier {
	r := &retrier{tokens: maxTokens}
	r.again = retry.UnaryClientInterceptor(
		retry.WithMax(maxAttempts),
		retry.WithBackoff(retry.BackoffExponentialWithJitter(firstPause, jitter)),
		retry.WithRetriable(r.permits),
	)
	return r
}

func (r *retrier) unary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if access.Method(ctx) != "" || !repeatable(method, request) {
		return invoke(ctx, method, request, reply, conn, opts...)
	}
	err := r.again(ctx, method, request, reply, conn, invoke, opts...)
	if err == nil {
		r.succeeded()
	}
	return err
}

// repeatable reports whether the peer may receive the call twice: it only reads, or has a request id.
func repeatable(method string, request any) bool {
	name := method[strings.LastIndexByte(method, '/')+1:]
	for _, reads := range [...]string{"Get", "BatchGet", "List"} {
		if strings.HasPrefix(name, reads) {
			return true
		}
	}
	identified, ok := request.(interface{ GetRequestId() string })
	return ok && identified.GetRequestId() != ""
}

// permits reports whether a failed call is sent again.
func (r *retrier) permits(err error) bool {
	if status.Code(err) != codes.Unavailable {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tokens = max(r.tokens-1, 0)
	return r.tokens > maxTokens/2
}

func (r *retrier) succeeded() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tokens = min(r.tokens+tokenRatio, maxTokens)
}
