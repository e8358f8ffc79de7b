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

// unaryCalls calls methods inside the process on the caller's own goroutine. grpchan, which does the streams, begins a
// goroutine for each call, whose stack grows anew through the whole chain: that takes three times as long.
type unaryCalls struct {
	methods map[string]unaryMethod // by full name
	chain   grpc.UnaryServerInterceptor
	stats   stats.Handler // nil if nobody observes
}

// unaryMethod is a method with the service that it belongs to.
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

// invoke is [grpc.ClientConnInterface]'s. Of the options it knows those that ask for headers and trailers; the others are
// about a network.
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
	answer.tell(options)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil: // the handler was late
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

// severed is what a handler gets of its caller's context: the deadline, the end, and outgoing metadata as incoming. Its
// values stay behind, as over the network. It is a context of the standard library's, below which others cost no goroutine.
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

// callerOf is the context of a caller in this process; nil for one from the network.
func callerOf(ctx context.Context) context.Context {
	if caller, ok := ctx.Value(callerKey{}).(context.Context); ok {
		return caller
	}
	return inprocgrpc.ClientContext(ctx)
}

// unaryAnswer takes what a handler sends beside its response.
type unaryAnswer struct {
	method string

	mu                sync.Mutex
	headers, trailers metadata.MD
	sent              bool // the headers, as far as the handler knows
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

// tell gives the headers and trailers to those who asked for them.
func (a *unaryAnswer) tell(options []grpc.CallOption) {
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
