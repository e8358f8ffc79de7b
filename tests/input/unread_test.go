package input

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// announced is the length of a body that is declared but never sent.
const announced = 15_700_000

// The test never sends the body, so only a suite that refuses before it reads can respond.
func TestABodyIsReadOnlyOfACallerThatMayMakeTheCall(t *testing.T) {
	s := open(t, suite.Options{})
	tried := 0
	for _, m := range suite.Methods() {
		r := suite.Route(t, m, s.requests[suite.Name(m)])
		if r.Body == nil || public(t, m) {
			continue
		}
		tried++
		for who, c := range map[string]struct {
			token  string
			status int
		}{
			"a caller without a token": {"", http.StatusUnauthorized},
			"a caller with a forged token": {
				s.token(t, m)[:100] + strings.Repeat("x", 100), http.StatusUnauthorized,
			},
			"a caller who may not make the call": {s.Token(t, "reader", suite.Everywhere(accessv1.Grant_LEADER)), http.StatusForbidden},
		} {
			t.Run(suite.Name(m)+" of "+who, func(t *testing.T) {
				if got := s.announce(t, r, c.token, announced); got.Status != c.status {
					t.Errorf("answers %d %s, want %d", got.Status, got.Body, c.status)
				}
			})
		}
	}
	if tried < 20 {
		t.Errorf("only %d methods have a body", tried)
	}
}

func public(t *testing.T, m protoreflect.MethodDescriptor) bool {
	rule, err := access.RuleOf(m)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(rule.Roles, accessv1.Grant_PUBLIC)
}

// announce sends a request with a declared length and without the body, and reads the response.
func (s stage) announce(t *testing.T, r suite.Request, token string, length int) suite.Response {
	t.Helper()
	address := strings.TrimPrefix(s.REST, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the answer was read
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", r.Verb, r.Path, address, length)
	if token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return suite.Response{Status: answer.StatusCode, Header: answer.Header, Body: body}
}

func TestABodyIsAsLargeAsItsMethodNeeds(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	token := s.Token(t, "admin", world.Admin())
	for path, want := range map[string]string{
		"/v1/organizations": "1 MiB", "/v1/organizations:batchCreate": "16 MiB", "/v1/divisions:import": "16 MiB",
	} {
		r := suite.Request{Verb: http.MethodPost, Path: path, Token: token, Body: []byte(strings.Repeat(" ", 16<<20+1))}
		answer := s.Do(t, r)
		if p := answer.Problem(t); p.Status != http.StatusRequestEntityTooLarge || !strings.Contains(p.Detail, "more than "+want) {
			t.Errorf("POST %s answers %+v, want 413 that names %s", path, p, want)
		}
	}
}

// The test never sends the message, so only a suite that refuses before it reads can respond.
func TestAMessageIsReadOnlyOfACallerThatMayMakeTheCall(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	reader := s.Token(t, "reader", suite.Everywhere(accessv1.Grant_LEADER))
	for _, m := range suite.Methods() {
		if m.IsStreamingServer() || public(t, m) {
			continue
		}
		t.Run(suite.Name(m), func(t *testing.T) {
			if got := announceOverGRPC(t, s, m, "", announced); got != codes.Unauthenticated {
				t.Errorf("a caller without a token is answered %v, want UNAUTHENTICATED", got)
			}
			if got := announceOverGRPC(t, s, m, reader[:len(reader)-10], announced); got != codes.Unauthenticated {
				t.Errorf("a caller with half a token is answered %v, want UNAUTHENTICATED", got)
			}
			token := stage{Suite: s}.token(t, m)
			if got := announceOverGRPC(t, s, m, token, 17<<20); got != codes.ResourceExhausted {
				t.Errorf("a message of 17 MiB is answered %v, want RESOURCE_EXHAUSTED", got)
			}
		})
	}
}

// announceOverGRPC starts a call and sends the length of a message, but not the message.
func announceOverGRPC(t *testing.T, s *suite.Suite, m protoreflect.MethodDescriptor, token string, length uint32) codes.Code {
	t.Helper()
	body, rest := io.Pipe()
	defer rest.Close()                                                                  //nolint:errcheck // ends the request
	go func() { _, _ = rest.Write(binary.BigEndian.AppendUint32([]byte{0}, length)) }() // if refused, the server does not read it
	method := fmt.Sprintf("http://%s/%s/%s", s.GRPC, m.Parent().FullName(), m.Name())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, method, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/grpc")
	r.Header.Set("Te", "trailers")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	code, err := strconv.Atoi(answer.Header.Get("Grpc-Status") + answer.Trailer.Get("Grpc-Status"))
	if err != nil {
		t.Fatal(err)
	}
	return codes.Code(code) //nolint:gosec // one of seventeen
}
