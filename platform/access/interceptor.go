package access

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/fault"
)

// authorization is the header that has the token.
const authorization = "authorization"

// Verifier tells who a token speaks for. A token that is not valid gives an UNAUTHENTICATED *fault.Error; UNAVAILABLE
// means that it could not be told whether it is.
type Verifier interface {
	Verify(ctx context.Context, token string) (Principal, error)
}

// Enter authenticates a caller by the values of its `authorization` header and checks that one of its grants has a role
// that may call the method: what can be decided before the request is read. The principal has all the grants of its token.
func (p *Policies) Enter(ctx context.Context, v Verifier, method string, authorization []string) (Principal, error) {
	m, err := p.method(method)
	if err != nil {
		return Principal{}, err
	}
	by, err := authenticate(ctx, v, authorization)
	if err != nil {
		return Principal{}, err
	}
	if _, _, err := p.admitRole(m, by); err != nil {
		return Principal{}, err
	}
	return by, nil
}

// Entering lets unary calls in by [Policies.Enter], before their requests are read: the caller is then known by [From], with
// all the grants of its token.
func (p *Policies) Entering(v Verifier) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		by, err := p.Enter(ctx, v, info.FullMethod, metadata.ValueFromIncomingContext(ctx, authorization))
		if err != nil {
			return nil, err
		}
		return handler(handling(ctx, by, info.FullMethod), request)
	}
}

// Unary admits unary calls that came in by [Policies.Entering]. The request is judged as it came, before it is validated.
func (p *Policies) Unary() grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		m, err := p.method(info.FullMethod)
		if err != nil {
			return nil, err
		}
		by := From(ctx)
		if by.Grants, err = p.admit(m, by, request); err != nil {
			return nil, err
		}
		return handler(handling(ctx, by, info.FullMethod), request)
	}
}

// Stream authenticates a stream and checks the caller's role when it opens, and admits each message as it is received.
// The stream's context keeps the grants admitted for the message received last. A stream ends with its token.
func (p *Policies) Stream(v Verifier) grpc.StreamServerInterceptor {
	return func(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		m, err := p.method(info.FullMethod)
		if err != nil {
			return err
		}
		by, err := authenticate(stream.Context(), v, metadata.ValueFromIncomingContext(stream.Context(), authorization))
		if err != nil {
			return err
		}
		grants, _, err := p.admitRole(m, by)
		if err != nil {
			return err
		}
		ctx := stream.Context()
		if !by.Expires.IsZero() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadlineCause(ctx, by.Expires, fault.Unauthenticated("TOKEN_EXPIRED", "the token expired during the call"))
			defer cancel()
		}
		s := &admittedStream{ServerStream: stream, policies: p, method: m, by: by, opened: ctx}
		s.keep(grants)
		err = handler(server, s)
		if ended, ok := fault.From(context.Cause(ctx)); ok && err != nil {
			return ended.Because(err)
		}
		return err
	}
}

type admittedStream struct {
	grpc.ServerStream
	policies *Policies
	method   *method
	by       Principal       // with all the grants of the token
	opened   context.Context // without a caller
	ctx      context.Context
}

// keep makes the grants those under which the stream is handled from now on.
func (s *admittedStream) keep(grants []*accessv1.Grant) {
	by := s.by
	by.Grants = grants
	s.ctx = handling(s.opened, by, s.method.rule.Method)
}

// Context implements [grpc.ServerStream].
func (s *admittedStream) Context() context.Context { return s.ctx }

// RecvMsg implements [grpc.ServerStream].
func (s *admittedStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	grants, err := s.policies.admit(s.method, s.by, message)
	if err != nil {
		return err
	}
	s.keep(grants)
	return nil
}

// authenticate reads the bearer token, if there is one, and verifies it. Anything else under `authorization` is refused,
// also where no token is needed: a caller who means to be known must not be served as nobody.
func authenticate(ctx context.Context, v Verifier, values []string) (Principal, error) {
	if len(values) == 0 {
		return Principal{}, nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "bearer") || token == "" {
		return Principal{}, fault.Unauthenticated("TOKEN_INVALID", "authorization must be one bearer token")
	}
	by, err := v.Verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	by.Token = token
	return by, nil
}
