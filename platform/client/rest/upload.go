package rest

import (
	"io"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// upload is a stream of requests, whose HTTP request has a line of JSON for each. The answers are those of a server
// stream.
type upload struct {
	stream

	lines    *io.PipeWriter
	answered chan struct{} // closed once answer and failed are set
	answer   *http.Response
	failed   error
	begun    bool
}

// newUpload begins the HTTP request.
func newUpload(answers stream) (*upload, error) {
	o, err := originOf(answers.method)
	if err != nil {
		return nil, err
	}
	if len(o.Variables) > 0 {
		return nil, status.Errorf(codes.Unimplemented, "%s has requests on different paths", answers.method)
	}
	body, lines := io.Pipe()
	u := &upload{stream: answers, lines: lines, answered: make(chan struct{})}
	u.origin = o
	go func() {
		defer close(u.answered)
		u.answer, u.failed = u.conn.do(u.ctx, o, o.Path(), body, "application/x-ndjson") //nolint:bodyclose // its reader closes it
		_ = body.CloseWithError(io.EOF)                                                  // a request that is sent after an early answer is not read
	}()
	return u, nil
}

// SendMsg implements [grpc.ClientStream]. It returns io.EOF after an early answer, which RecvMsg returns.
func (u *upload) SendMsg(m any) error {
	message, ok := m.(proto.Message)
	if !ok {
		return status.Errorf(codes.Internal, "%T is no message", m)
	}
	line, err := protojson.Marshal(message)
	if err != nil {
		return status.Errorf(codes.Internal, "write request: %v", err)
	}
	_, err = u.lines.Write(append(line, '\n'))
	return err
}

// CloseSend implements [grpc.ClientStream].
func (u *upload) CloseSend() error { return u.lines.Close() }

// RecvMsg implements [grpc.ClientStream].
func (u *upload) RecvMsg(m any) error {
	<-u.answered
	if u.failed != nil {
		return u.failed
	}
	if !u.begun {
		u.begun = true
		if err := u.begin(u.origin, u.answer); err != nil {
			return err
		}
	}
	return u.stream.RecvMsg(m)
}
