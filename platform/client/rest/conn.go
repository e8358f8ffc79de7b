package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

const (
	// maxAnswer is the greatest size of an answer. It is larger than a gRPC client's limit, since JSON is larger than
	// the binary encoding.
	maxAnswer = 64 << 20
	// longestTimeout is the longest timeout that the eight digits of the header can express.
	longestTimeout = 99_999_999 * time.Millisecond
)

// Conn is a connection through one gateway. It is safe for concurrent use.
type Conn struct {
	base   string
	client *http.Client
}

var _ grpc.ClientConnInterface = (*Conn)(nil)

// New returns a connection to the gateway at base, a URL without a path, such as https://wancun.example.org. The first
// call connects.
func New(base string, client *http.Client) *Conn { return &Conn{base, client} }

// Close closes idle connections. Calls in flight continue.
func (c *Conn) Close() error {
	c.client.CloseIdleConnections()
	return nil
}

// Invoke implements [grpc.ClientConnInterface]. It ignores options.
func (c *Conn) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	o, answer, err := c.send(ctx, method, args)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return broken(ctx, err)
	}
	if answer.StatusCode != http.StatusOK {
		return refusal(o, answer, text)
	}
	if body, ok := reply.(*httpbody.HttpBody); ok {
		body.ContentType, body.Data = answer.Header.Get("Content-Type"), text
		return nil
	}
	return decode(text, reply)
}

// NewStream implements [grpc.ClientConnInterface]. It ignores options. On a stream of requests, the first answer
// arrives after the last request.
func (c *Conn) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	answers := stream{ctx: ctx, conn: c, method: method}
	if d.ClientStreams {
		return newUpload(answers)
	}
	return &answers, nil
}

// send sends a request and returns the answer with an unread body.
func (c *Conn) send(ctx context.Context, method string, args any) (origin, *http.Response, error) {
	o, err := originOf(method)
	if err != nil {
		return o, nil, err
	}
	m, ok := args.(proto.Message)
	if !ok {
		return o, nil, status.Errorf(codes.Internal, "%T is no message", args)
	}
	target, body, err := o.write(m)
	if err != nil {
		return o, nil, fmt.Errorf("write request of %s: %w", method, err)
	}
	contentType := ""
	if body != nil {
		contentType = "application/json"
	}
	answer, err := c.do(ctx, o, target, bytes.NewReader(body), contentType)
	return o, answer, err
}

// do sends an HTTP request and returns the answer with an unread body.
func (c *Conn) do(ctx context.Context, o origin, target string, body io.Reader, contentType string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, o.Verb, c.base+target, body)
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	if contentType != "" {
		q.Header.Set("Content-Type", contentType)
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	for _, token := range md.Get("authorization") {
		q.Header.Add("Authorization", token)
	}
	if at, ok := ctx.Deadline(); ok {
		left := min(time.Until(at), longestTimeout) //nolint:forbidigo // deadlines live by the runtime's clock
		q.Header.Set("Grpc-Timeout", strconv.FormatInt(max(left.Milliseconds(), 1), 10)+"m")
	}
	answer, err := c.client.Do(q)
	if err != nil {
		return nil, broken(ctx, err)
	}
	return answer, nil
}

// decode reads the JSON of a message. It ignores unknown fields, because the gateway may be newer than this program.
func decode(text []byte, into any) error {
	m, ok := into.(proto.Message)
	if !ok {
		return status.Errorf(codes.Internal, "%T is no message", into)
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, m); err != nil {
		return status.Errorf(codes.Internal, "read answer: %v", err)
	}
	return nil
}

// broken returns the error of a call that received no answer.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	return status.Error(codes.Unavailable, err.Error())
}

// stream is a server stream: lines of JSON, each an element or the problem that ended the stream.
type stream struct {
	ctx    context.Context
	conn   *Conn
	method string
	origin origin
	body   io.ReadCloser // nil before the request and after the end
	lines  *json.Decoder
}

// SendMsg implements [grpc.ClientStream]. It sends the single request.
func (s *stream) SendMsg(m any) error {
	o, answer, err := s.conn.send(s.ctx, s.method, m)
	if err != nil {
		return err
	}
	return s.begin(o, answer)
}

// begin reads the answers from a response, or returns the error of the response.
func (s *stream) begin(o origin, answer *http.Response) error {
	s.origin = o
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close() //nolint:errcheck // read whole
		text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		if err != nil {
			return broken(s.ctx, err)
		}
		return refusal(o, answer, text)
	}
	s.body, s.lines = answer.Body, json.NewDecoder(answer.Body)
	return nil
}

// RecvMsg implements [grpc.ClientStream].
func (s *stream) RecvMsg(m any) error {
	if s.body == nil {
		return io.EOF
	}
	err := s.next(m)
	if err != nil {
		_ = s.body.Close() // nothing more is read
		s.body = nil
	}
	return err
}

func (s *stream) next(m any) error {
	var line struct {
		Result json.RawMessage `json:"result"`
		Error  *problem        `json:"error"`
	}
	err := s.lines.Decode(&line)
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return broken(s.ctx, err)
	case line.Error != nil:
		return line.Error.status(s.origin).Err()
	}
	return decode(line.Result, m)
}

// CloseSend implements [grpc.ClientStream].
func (s *stream) CloseSend() error { return nil }

// Context implements [grpc.ClientStream].
func (s *stream) Context() context.Context { return s.ctx }

// Header implements [grpc.ClientStream]. REST has no gRPC headers.
func (s *stream) Header() (metadata.MD, error) { return nil, nil }

// Trailer implements [grpc.ClientStream].
func (s *stream) Trailer() metadata.MD { return nil }
