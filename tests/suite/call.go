package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/route"
)

// Methods returns all RPCs of the contract that have a route, sorted by name. Only the gateway and the services call the
// others, which the tests of their service try.
func Methods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "wancun.") {
			return true
		}
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if len(route.All(methods.Get(j))) > 0 {
					all = append(all, methods.Get(j))
				}
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.MethodDescriptor) int { return strings.Compare(Name(a), Name(b)) })
	return all
}

// Name returns a method's short name with its service, such as `NeedService.VerifyNeed`.
func Name(m protoreflect.MethodDescriptor) string {
	return fmt.Sprintf("%s.%s", m.Parent().Name(), m.Name())
}

// Call makes a call by its method's descriptor. A stream of requests has the one request. For a stream of answers
// it waits for the end of the stream and returns its first message.
func (s *Suite) Call(ctx context.Context, m protoreflect.MethodDescriptor, request any, options ...grpc.CallOption) (proto.Message, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
	if err != nil {
		return nil, fmt.Errorf("find the answer of %s: %w", Name(m), err)
	}
	full := fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name())
	answer := kind.New().Interface()
	if !m.IsStreamingServer() {
		return answer, s.Conn.Invoke(ctx, full, request, answer, options...)
	}
	stream, err := s.Conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: m.IsStreamingClient()}, full, options...)
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) { // after io.EOF, RecvMsg returns the error
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		into := answer
		if n > 0 {
			into = kind.New().Interface()
		}
		switch err := stream.RecvMsg(into); {
		case errors.Is(err, io.EOF):
			return answer, nil
		case err != nil:
			return nil, err
		}
	}
}
