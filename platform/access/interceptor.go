package access

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/fault"
)

// authorization is the header with the token.
const authorization = "authorization"

// Verifier verifies a token and returns the principal that it identifies. An invalid token is an UNAUTHENTICATED
// *fault.Error. UNAVAILABLE means that the token could not be verified.
type Verifier interface {
	Verify(ctx context.Context, token string) (Principal, error)
}

// Enter authenticates a caller by the values of its `authorization` header and checks that one of its grants has a role
// that may call the method. These checks do not need the request. The principal has all the grants of its token.
func (p *Policies) Enter(ctx context.Context, v Verifier, method string, authorization []string) (Principal, error) {
	m, err := p.method(method)
	if err != nil {
		return Principal{}, err
	}
	by, err := authenticate(ctx, v, authorization)
	if err != nil {
		return Principal{}, err
	}
	if m.mayOwn(by) { // the request decides
		return by, nil
	}
	if _, _, err := p.admitRole(m, by); err != nil {
		return Principal{}, err
	}
	return by, nil
}

// Entering returns an interceptor that runs [Policies.Enter] for unary calls, before their requests are read.
// Afterwards [From] returns the caller with all the grants of its token.
func (p *Policies) Entering(v Verifier) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		by, err := p.Enter(ctx, v, info.FullMethod, metadata.ValueFromIncomingContext(ctx, authorization))
		if err != nil {
			return nil, err
		}
		return handler(handling(ctx, by, info.FullMethod), request)
	}
}

// Unary returns an interceptor that admits unary calls after [Policies.Entering]. It checks the request as received,
// before validation.
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

// Stream returns an interceptor that authenticates a stream and checks the caller's role when the stream opens, and
// admits each received message. Once messages were received, the stream's context has the grants that admitted one of
// them, as if they were one request. The stream ends when its token expires, and when a verifier of [Revocations] learns
// that it was revoked.
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
		if g, ok := v.(guard); ok {
			var stop func()
			ctx, stop = g.guard(ctx, by)
			defer stop()
		}
		s := &admittedStream{ServerStream: stream, policies: p, method: m, by: by, opened: ctx}
		s.handle(grants)
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
	admitted []*accessv1.Grant
	ctx      context.Context
}

// handle sets the grants with which the stream is handled from now on.
func (s *admittedStream) handle(grants []*accessv1.Grant) {
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
	for _, g := range grants {
		if !slices.Contains(s.admitted, g) {
			s.admitted = append(s.admitted, g)
		}
	}
	s.handle(slices.Clip(s.admitted))
	return nil
}

// authenticate verifies the bearer token, if there is one. Any other `authorization` is refused even where no token is
// required; otherwise the caller would be treated as anonymous.
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
