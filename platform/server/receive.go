package server

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// entered is the service with unary methods that run the steps of [Server.before] before they read their requests. gRPC runs
// interceptors only once a request is decoded: by then a caller without a token has had its memory.
func (s *Server) entered(d *grpc.ServiceDesc) *grpc.ServiceDesc {
	entered := *d
	entered.Methods = make([]grpc.MethodDesc, len(d.Methods))
	for i, m := range d.Methods {
		info := &grpc.UnaryServerInfo{FullMethod: "/" + d.ServiceName + "/" + m.MethodName}
		entered.Methods[i] = grpc.MethodDesc{
			MethodName: m.MethodName,
			Handler: func(service any, ctx context.Context, decode func(any) error, after grpc.UnaryServerInterceptor) (any, error) {
				b := s.started.Load()
				return passUnary(ctx, b.before, nil, info, func(ctx context.Context, _ any) (any, error) {
					r := receiver{shapes: b.shapes, hold: s.deps.Memory.Hold(access.From(ctx).Subject)}
					defer r.hold.Give()
					if from, ok := grpc.ServerTransportStreamFromContext(ctx).(incoming); ok {
						r.from, decode = from, r.receive
					}
					return m.Handler(service, ctx, decode, after)
				})
			},
		}
	}
	return &entered
}

// incoming is the part of gRPC's own stream by which gRPC reads a message. gRPC offers one bound for the messages of all
// methods, and no step between the length of a message and its bytes; so the server reads requests itself.
type incoming interface {
	ReadMessageHeader(header []byte) error
	Read(n int) (mem.BufferSlice, error)
}

// receiver reads the request of one call from the network.
type receiver struct {
	from   incoming
	shapes map[protoreflect.FullName]*limits.Shape
	hold   *limits.Hold
}

// receive reads the request into a message. The length is judged before the bytes are read, and the elements of lists are
// counted before the bytes become messages. Both are taken from the budget first.
func (r *receiver) receive(into any) error {
	message, ok := into.(proto.Message)
	if !ok {
		return malformed()
	}
	shape := r.shapes[message.ProtoReflect().Descriptor().FullName()] // the start has compiled one for each request
	length, err := r.length()
	if err != nil {
		return err
	}
	if length > shape.MaxBytes {
		return fault.Exhausted(limits.ReasonMessage, 0, "the request has more than %s, the most that this method takes", limits.InWords(shape.MaxBytes))
	}
	if err := r.hold.Take(int64(length)); err != nil {
		return err
	}
	data, err := r.from.Read(length)
	if err != nil {
		return broken(err)
	}
	bytes := data.MaterializeToBuffer(mem.DefaultBufferPool())
	data.Free()
	defer bytes.Free()
	return r.decode(shape, bytes.ReadOnlyData(), message)
}

// length reads the head of the message.
func (r *receiver) length() (int, error) {
	var head [5]byte
	if err := r.from.ReadMessageHeader(head[:]); err != nil {
		return 0, broken(err)
	}
	if head[0] != 0 {
		return 0, status.Error(codes.Unimplemented, "requests must not be compressed")
	}
	return int(binary.BigEndian.Uint32(head[1:])), nil
}

func (r *receiver) decode(shape *limits.Shape, bytes []byte, into proto.Message) error {
	size, err := shape.Wire(bytes)
	if excess := (*limits.Excess)(nil); errors.As(err, &excess) {
		return fault.InvalidAll([]fault.Violation{fault.TooMany(excess.Field, excess.Most)})
	}
	if err == nil {
		if err := r.hold.Take(size); err != nil {
			return err
		}
		err = proto.Unmarshal(bytes, into)
	}
	if err != nil { // such as invalid UTF-8
		return malformed()
	}
	return nil
}

// broken is the error of a call whose request did not arrive whole.
func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed()
	}
	return err
}

// shapesOf compiles the shapes of the requests of all methods.
func shapesOf(services map[string]grpc.ServiceInfo) (map[protoreflect.FullName]*limits.Shape, error) {
	shapes := map[protoreflect.FullName]*limits.Shape{}
	for name := range services {
		service, err := serviceNamed(name)
		if err != nil {
			return nil, err
		}
		for i := range service.Methods().Len() {
			request := service.Methods().Get(i).Input()
			shapes[request.FullName()] = limits.ShapeOf(request)
		}
	}
	return shapes, nil
}
