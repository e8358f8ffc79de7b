package server

import (
	"bytes"

	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/fault"
)

// codec decodes the requests of streams as gRPC does. A request that cannot be decoded, as with invalid UTF-8, becomes
// an empty message with a mark, which the validator refuses. Without the codec gRPC would answer INTERNAL before any
// interceptor runs, as if the server had failed.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(protocodec.Name)} }

// undecoded is the mark: a field with the highest number, which no message has.
var undecoded = protowire.AppendVarint(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.VarintType), 1)

// Unmarshal implements [encoding.CodecV2].
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	err := c.CodecV2.Unmarshal(data, v)
	m, ok := v.(proto.Message)
	if err == nil || !ok {
		return err
	}
	proto.Reset(m)
	m.ProtoReflect().SetUnknown(bytes.Clone(undecoded))
	return nil
}

// checkDecoded refuses a request with the mark.
func checkDecoded(m proto.Message) error {
	if bytes.Equal(m.ProtoReflect().GetUnknown(), undecoded) {
		return malformed()
	}
	return nil
}

func malformed() error {
	return fault.Invalid("", "MALFORMED_MESSAGE", "the request is not a valid message")
}
