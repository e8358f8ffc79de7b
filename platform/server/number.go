package server

import (
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/fault"
)

// numberRows makes the errors about the messages of a stream name a row by its number in all messages: a violation in
// requests[3] of the second message of 1,000 requests each becomes one in requests[1003].
func numberRows(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if info.IsClientStream {
		stream = &numberedStream{ServerStream: stream}
	}
	return handler(service, stream)
}

type numberedStream struct {
	grpc.ServerStream
	before int // the rows in the earlier messages
}

// RecvMsg implements [grpc.ServerStream].
func (s *numberedStream) RecvMsg(message any) error {
	err := fault.Numbered(s.before, s.ServerStream.RecvMsg(message))
	if m, ok := message.(proto.Message); ok {
		if f := m.ProtoReflect().Descriptor().Fields().ByName("requests"); f != nil && f.IsList() {
			s.before += m.ProtoReflect().Get(f).List().Len()
		}
	}
	return err
}
