package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/text"
)

// validator checks requests against the constraints of their protos.
type validator struct {
	rules  protovalidate.Validator
	texts  normalizer
	unread unread
}

// newValidator compiles the constraints of every request of the services and of every message in them, so that an
// invalid constraint is found at startup and not by the first call.
func newValidator(services map[string]grpc.ServiceInfo) (*validator, error) {
	var messages []protoreflect.MessageDescriptor
	for _, name := range slices.Sorted(maps.Keys(services)) {
		service, err := serviceNamed(name)
		if err != nil {
			return nil, err
		}
		for i := range service.Methods().Len() {
			messages = within(service.Methods().Get(i).Input(), messages)
		}
	}
	rules, err := protovalidate.New(protovalidate.WithMessageDescriptors(messages...), protovalidate.WithDisableLazy())
	if err != nil {
		return nil, fmt.Errorf("compile constraints: %w", err)
	}
	var faults []error
	for _, d := range messages {
		// The library keeps a compilation error until it validates a message of the type. An empty message triggers it.
		var broken *protovalidate.CompilationError
		if err := rules.Validate(dynamicpb.NewMessage(d)); errors.As(err, &broken) {
			faults = append(faults, fmt.Errorf("compile constraints of %s: %w", d.FullName(), err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &validator{rules, normalizer{text.Of(messages...)}, newUnread(messages)}, nil
}

func serviceNamed(name string) (protoreflect.ServiceDescriptor, error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, fmt.Errorf("find service %s: %w", name, err)
	}
	service, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not a service", name)
	}
	return service, nil
}

// within appends d and every message type that its fields contain.
func within(d protoreflect.MessageDescriptor, seen []protoreflect.MessageDescriptor) []protoreflect.MessageDescriptor {
	if slices.Contains(seen, d) {
		return seen
	}
	seen = append(seen, d)
	for i := range d.Fields().Len() {
		if field := d.Fields().Get(i).Message(); field != nil {
			seen = within(field, seen)
		}
	}
	return seen
}

// check returns an INVALID_ARGUMENT that names each invalid field, the fields with refused texts first.
func (v *validator) check(request any, refused []fault.Violation) error {
	message, ok := request.(proto.Message)
	if !ok {
		return fmt.Errorf("validate: the request is a %T, not a message", request)
	}
	if err := checkDecoded(message); err != nil {
		return err
	}
	if err := v.unread.check(message.ProtoReflect()); err != nil {
		return err
	}
	err := fault.Validation(v.rules.Validate(message))
	if len(refused) == 0 {
		return err
	}
	if invalid, ok := fault.From(err); ok {
		return fault.InvalidAll(append(refused, invalid.Violations()...))
	}
	return cmp.Or(err, error(fault.InvalidAll(refused)))
}

func (v *validator) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	refused, _ := ctx.Value(refusedTexts{}).([]fault.Violation)
	if err := v.check(request, refused); err != nil {
		return nil, err
	}
	return handler(ctx, request)
}

func (v *validator) stream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(service, &validStream{stream, v})
}

type validStream struct {
	grpc.ServerStream
	valid *validator
}

// RecvMsg implements [grpc.ServerStream].
func (s *validStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	return s.valid.check(message, nil)
}
