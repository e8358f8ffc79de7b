package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fullstorydev/grpchan"
	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// unaryCalls calls methods inside the process on the caller's goroutine. grpchan, which handles the streams, starts a
// goroutine for each call, whose stack has to grow through all interceptors; that takes three times as long.
type unaryCalls struct {
	methods map[string]unaryMethod // by full name
	chain   grpc.UnaryServerInterceptor
	stats   stats.Handler // nil without tracer and meter
}

// unaryMethod is a method and its service.
type unaryMethod struct {
	service any
	handle  grpc.MethodHandler
}

func unaryMethods(handlers grpchan.HandlerMap) map[string]unaryMethod {
	methods := map[string]unaryMethod{}
	handlers.ForEach(func(d *grpc.ServiceDesc, service any) {
		for _, m := range d.Methods {
			methods["/"+d.ServiceName+"/"+m.MethodName] = unaryMethod{service, m.Handler}
		}
	})
	return methods
}

// invoke implements [grpc.ClientConnInterface]. It supports the options for headers and trailers; the other options
// concern a network.
func (u *unaryCalls) invoke(ctx context.Context, method string, request, reply any, options []grpc.CallOption) error {
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	m, ok := u.methods[method]
	if !ok {
		return status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	answer := &unaryAnswer{method: method}
	inside, cancel := severed(ctx)
	defer cancel()
	response, err := u.handle(grpc.NewContextWithServerTransportStream(inside, answer), m, request, answer)
	answer.copyMetadata(options)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil: // the handler returned too late
		return status.FromContextError(ctx.Err()).Err()
	}
	return copies{}.Copy(reply, response)
}

func (u *unaryCalls) handle(ctx context.Context, m unaryMethod, request any, answer *unaryAnswer) (response any, err error) {
	if u.stats != nil {
		ctx = u.stats.TagRPC(ctx, &stats.RPCTagInfo{FullMethodName: answer.method})
		begin := time.Now() //nolint:forbidigo // as gRPC times a call
		u.stats.HandleRPC(ctx, &stats.Begin{BeginTime: begin})
		defer func() {
			u.stats.HandleRPC(ctx, &stats.End{BeginTime: begin, EndTime: time.Now(), Error: err}) //nolint:forbidigo // as above
		}()
	}
	return m.handle(m.service, ctx, func(to any) error { return copies{}.Copy(to, request) }, u.chain)
}

type callerKey struct{}

// severed returns the handler's context: it has the deadline and the cancellation of the caller's context, and its
// outgoing metadata as incoming metadata. As over the network, it does not have its values. It is a context of the
// standard library, so that contexts derived from it need no goroutine.
func severed(caller context.Context) (context.Context, context.CancelFunc) {
	var ctx context.Context
	var cancel context.CancelFunc
	if at, ok := caller.Deadline(); ok {
		ctx, cancel = context.WithDeadline(context.Background(), at)
	} else {
		ctx, cancel = context.WithCancel(context.Background())
	}
	forget := context.AfterFunc(caller, func() {
		if !errors.Is(caller.Err(), context.DeadlineExceeded) { // ctx has the same deadline
			cancel()
		}
	})
	if md, ok := metadata.FromOutgoingContext(caller); ok {
		ctx = metadata.NewIncomingContext(ctx, md)
	}
	return context.WithValue(ctx, callerKey{}, caller), func() { forget(); cancel() }
}

// callerOf returns the context of a caller in this process, nil for a caller on the network.
func callerOf(ctx context.Context) context.Context {
	if caller, ok := ctx.Value(callerKey{}).(context.Context); ok {
		return caller
	}
	return inprocgrpc.ClientContext(ctx)
}

// unaryAnswer collects the headers and trailers that a handler sends.
type unaryAnswer struct {
	method string

	mu                sync.Mutex
	headers, trailers metadata.MD
	sent              bool // whether the handler has sent the headers
}

var errHeadersSent = errors.New("the headers were sent already")

// Method implements [grpc.ServerTransportStream].
func (a *unaryAnswer) Method() string { return a.method }

// SetHeader implements [grpc.ServerTransportStream].
func (a *unaryAnswer) SetHeader(md metadata.MD) error { return a.addHeader(md, false) }

// SendHeader implements [grpc.ServerTransportStream].
func (a *unaryAnswer) SendHeader(md metadata.MD) error { return a.addHeader(md, true) }

func (a *unaryAnswer) addHeader(md metadata.MD, last bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sent {
		return errHeadersSent
	}
	a.headers, a.sent = metadata.Join(a.headers, md), last
	return nil
}

// SetTrailer implements [grpc.ServerTransportStream].
func (a *unaryAnswer) SetTrailer(md metadata.MD) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trailers = metadata.Join(a.trailers, md)
	return nil
}

// copyMetadata copies the headers and trailers to the options that ask for them.
func (a *unaryAnswer) copyMetadata(options []grpc.CallOption) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range options {
		switch o := o.(type) {
		case grpc.HeaderCallOption:
			*o.HeaderAddr = a.headers.Copy()
		case grpc.TrailerCallOption:
			*o.TrailerAddr = a.trailers.Copy()
		}
	}
}
