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

// entered returns the service with unary methods that run the interceptors of [Server.before] before they read their
// requests. gRPC runs interceptors only after it has decoded a request, so a caller without a token could make it
// allocate memory.
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

// incoming is the part of gRPC's stream that reads a message. gRPC has one size limit for the messages of all methods,
// and no hook between the length of a message and its bytes. The server therefore reads requests itself.
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

// receive reads the request into a message. It checks the length before it reads the bytes, and counts the elements of
// lists before it decodes the bytes. It takes the memory for both from the budget first.
func (r *receiver) receive(into any) error {
	message, ok := into.(proto.Message)
	if !ok {
		return malformed()
	}
	shape := r.shapes[message.ProtoReflect().Descriptor().FullName()] // Start compiles one for each request type
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

// length reads the header of the message.
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
	if err != nil { // for example because of invalid UTF-8
		return malformed()
	}
	return nil
}

// broken returns the error of a call whose request did not arrive completely.
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
