package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Join is a suite that somebody else has started: its REST, the directory with its issuer's key, and the issuer's name. All
// calls go through its gateway.
func Join(tb testing.TB, rest, dir, issuer string) *Suite {
	tb.Helper()
	return (&Suite{Options: Options{Dir: dir}, REST: rest, issuer: openIssuer(tb, filepath.Join(dir, "keys"), issuer)}).ByREST(tb)
}

// ByREST is the same suite with a Conn whose unary calls go through the gateway, as those of a program that speaks REST
// alone. Whatever keeps the gateway from answering is UNAVAILABLE.
func (s *Suite) ByREST(tb testing.TB) *Suite {
	tb.Helper()
	through := *s
	through.Conn = throughGateway{tb, &through}
	return &through
}

type throughGateway struct {
	tb    testing.TB
	suite *Suite
}

// Invoke implements [grpc.ClientConnInterface].
func (g throughGateway) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method[1:], "/", ".")))
	if err != nil {
		return fmt.Errorf("find %s: %w", method, err)
	}
	called, ok := found.(protoreflect.MethodDescriptor)
	request, ok2 := args.(proto.Message)
	if !ok || !ok2 {
		return fmt.Errorf("%s is no method, or %T no message", method, args)
	}
	r := Route(g.tb, called, request)
	sent, _ := metadata.FromOutgoingContext(ctx)
	for _, bearer := range sent.Get("authorization") {
		r.Token = strings.TrimPrefix(bearer, "Bearer ")
	}
	answer, err := g.suite.send(ctx, r)
	switch {
	case ctx.Err() != nil:
		return status.FromContextError(ctx.Err()).Err()
	case err != nil:
		return status.Error(codes.Unavailable, err.Error())
	}
	return answer.read(reply)
}

// NewStream implements [grpc.ClientConnInterface].
func (throughGateway) NewStream(_ context.Context, _ *grpc.StreamDesc, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, fmt.Errorf("%s is a stream: ask for it by REST itself", method)
}

// read takes the answer of an RPC, or its refusal as a status.
func (r Response) read(reply any) error {
	if r.Status != http.StatusOK {
		var p Problem
		if err := json.Unmarshal(r.Body, &p); err != nil || p.Code == "" {
			return fmt.Errorf("status %d is no problem of ours: %s", r.Status, r.Body)
		}
		return status.Error(p.code(), p.Reason+": "+p.Detail)
	}
	switch m := reply.(type) {
	case *httpbody.HttpBody:
		m.ContentType, m.Data = r.Header.Get("Content-Type"), r.Body
		return nil
	case proto.Message:
		return protojson.Unmarshal(r.Body, m)
	}
	return fmt.Errorf("%T is no message", reply)
}

// code is the gRPC code that the problem names.
func (p Problem) code() codes.Code {
	for c := codes.OK; c <= codes.Unauthenticated; c++ {
		if c.String() == p.Code {
			return c
		}
	}
	return codes.Unknown
}
