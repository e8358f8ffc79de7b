package bench

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// BenchmarkMemoryUnderAttack sends large requests that `wancun up` refuses, from many callers at once. It reports how
// many megabytes the peak of the resident memory is above the idle process. Each script runs on a fresh suite.
func BenchmarkMemoryUnderAttack(b *testing.B) {
	const batch, getNeeds = "/v1/organizations:batchCreate", "/wancun.org.v1.OrganizationService/BatchCreateOrganizations"
	long := []byte(`{"requestId":"` + strings.Repeat("x", 15_700_000) + `"}`)
	objects := []byte(`{"requests":[` + strings.Repeat(`{"organization":{}},`, 190_000) + `{}]}`)
	elements := raw(bytes.Repeat([]byte{0x0a, 0}, 8<<20-1)) // of the field `requests`
	for _, c := range []struct {
		name    string
		callers int
		call    func(b *testing.B, s *suite.Suite, token string)
	}{
		{"REST/64x15.7MB", 64, func(b *testing.B, s *suite.Suite, token string) { b.Helper(); post(s.REST+batch, long, token) }},
		{"REST/64x3.8MB-of-objects", 64, func(b *testing.B, s *suite.Suite, token string) { b.Helper(); post(s.REST+batch, objects, token) }},
		{"gRPC/1x16MiB-of-elements", 1, func(b *testing.B, s *suite.Suite, token string) { b.Helper(); send(b, s, getNeeds, elements, token) }},
		{"gRPC/8x16MiB-of-elements", 8, func(b *testing.B, s *suite.Suite, token string) { b.Helper(); send(b, s, getNeeds, elements, token) }},
	} {
		for _, who := range []string{"anonymous", "admin"} {
			b.Run(c.name+"/"+who, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					s := suite.Up(b, suite.Options{})
					token := ""
					if who == "admin" {
						token = s.Token(b, who, world.Admin())
					}
					s.ForgetPeak(b)
					idle := s.PeakMemory(b)
					b.StartTimer()
					var all sync.WaitGroup
					for range c.callers {
						all.Go(func() { c.call(b, s, token) })
					}
					all.Wait()
					b.ReportMetric(float64(s.PeakMemory(b)-idle)/1e6, "MB-beyond-idle")
					if s.Ended() {
						b.Error("the suite is gone")
					}
				}
			})
		}
	}
}

// post sends a body. It ignores how the request is refused, and errors of the connection.
func post(url string, body []byte, token string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if answer, err := http.DefaultClient.Do(r); err == nil {
		_ = answer.Body.Close()
	}
}

// send makes a call with an encoded message.
func send(b *testing.B, s *suite.Suite, method string, message raw, token string) {
	b.Helper()
	if err := s.Conn.Invoke(suite.WithToken(b.Context(), token), method, message, &raw{}, grpc.ForceCodecV2(encoded{})); err == nil {
		b.Error("the call was answered")
	}
}

// raw is an encoded message.
type raw []byte

// encoded is the codec of encoded messages.
type encoded struct{}

var _ encoding.CodecV2 = encoded{}

// Marshal implements [encoding.CodecV2].
func (encoded) Marshal(v any) (mem.BufferSlice, error) {
	m, _ := v.(raw)
	return mem.BufferSlice{mem.SliceBuffer(m)}, nil
}

// Unmarshal implements [encoding.CodecV2].
func (encoded) Unmarshal(mem.BufferSlice, any) error { return nil }

// Name implements [encoding.CodecV2].
func (encoded) Name() string { return "proto" }
