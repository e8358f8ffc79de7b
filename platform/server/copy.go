package server

import (
	"fmt"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/proto"
)

// copies copies messages inside the process, so that neither side sees later changes of the other, as over the network.
// Only the bytes of an HttpBody are shared: a cache keeps them, and no code writes to them.
type copies struct{}

// Copy implements [inprocgrpc.Cloner].
func (copies) Copy(out, in any) error {
	to, ok := out.(proto.Message)
	from, given := in.(proto.Message)
	if !ok || !given || to.ProtoReflect().Descriptor() != from.ProtoReflect().Descriptor() {
		return fmt.Errorf("hand a %T over as a %T: not the same kind of message", in, out)
	}
	proto.Reset(to)
	if body, ok := from.(*httpbody.HttpBody); ok {
		if target, ok := to.(*httpbody.HttpBody); ok {
			target.ContentType, target.Data, target.Extensions = body.GetContentType(), body.GetData(), body.GetExtensions()
			return nil
		}
	}
	proto.Merge(to, from)
	return nil
}

// Clone implements [inprocgrpc.Cloner].
func (c copies) Clone(in any) (any, error) {
	from, ok := in.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("hand a %T over: not a message", in)
	}
	out := from.ProtoReflect().New().Interface()
	return out, c.Copy(out, in)
}
