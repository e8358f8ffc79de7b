package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// reasonMalformed is that of a request which could not be read, and so never reached a service.
const reasonMalformed = "MALFORMED_REQUEST"

// problem is an RFC 9457 problem detail.
type problem struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail,omitempty"`
	Instance string  `json:"instance,omitempty"`
	Code     string  `json:"code"`
	Reason   string  `json:"reason"`
	Resource string  `json:"resource,omitempty"`
	Errors   []field `json:"errors,omitempty"`
	// Acknowledge are the reasons among Errors that are questions: a request that acknowledges them goes through.
	Acknowledge []string `json:"acknowledge,omitempty"`
	// FurtherErrors counts the errors that the answer has no room for, and FurtherRows their rows.
	FurtherErrors int `json:"furtherErrors,omitempty"`
	FurtherRows   int `json:"furtherRows,omitempty"`

	chinese string // Detail in Chinese; empty if it has no translation
}

// field is one thing wrong with the request: Pointer leads into the body (RFC 6901), Parameter names a part of the path
// or the query. Neither means the body as a whole. If it is wrong with several rows of a batch, Pointer leads into the first
// of them, Rows are they by their indices, and Count is how many they are with those that Rows has no room for.
type field struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Label     string `json:"label,omitempty"` // of the field, for people
	Detail    string `json:"detail"`
	Reason    string `json:"reason,omitempty"`
	Rows      []rows `json:"rows,omitempty"`
	Count     int    `json:"count,omitempty"`

	chinese      string // Detail in Chinese; empty if it has no translation
	labelChinese string // Label in Chinese; empty if nothing in particular is wrong
}

// rows are rows that follow one another.
type rows struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// problemWriter turns failures into problem details.
type problemWriter struct {
	routes *routes
	logger *slog.Logger
}

// call answers a failed RPC.
func (p problemWriter) call(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errNotModified) {
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	method, _ := runtime.RPCMethod(ctx)
	p.write(w, r, p.public(ctx, method, err), method)
}

// public is what may be said of a failure. What a service says may be; what the transport says of addresses and
// certificates is the operator's.
func (p problemWriter) public(ctx context.Context, method string, err error) *status.Status {
	s := fault.Status(err)
	if s.Code() != codes.Canceled && s.Message() != status.Convert(err).Message() {
		p.logger.WarnContext(ctx, "call failed", "method", method, "code", s.Code().String(), "error", err)
	}
	return s
}

// stream reports a failure inside a stream, whose status is sent already: as its last element.
func (p problemWriter) stream(ctx context.Context, err error) *status.Status {
	if errors.Is(context.Cause(ctx), errDraining) {
		return fault.Status(errDraining)
	}
	method, _ := runtime.RPCMethod(ctx)
	return p.public(ctx, method, err)
}

// routing answers a path or a verb that no RPC has.
func (p problemWriter) routing(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, _ int) {
	p.notHere(w, r)
}

// notHere says whether the path takes other verbs.
func (p problemWriter) notHere(w http.ResponseWriter, r *http.Request) {
	allowed := p.routes.allow(r.URL.Path)
	if len(allowed) == 0 {
		p.unknownPath(w, r)
		return
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	p.send(w, r, problem{
		Status: http.StatusMethodNotAllowed, Code: codes.Unimplemented.String(), Reason: "METHOD_NOT_ALLOWED",
		Detail: r.Method + " is not allowed here", Instance: r.URL.Path, chinese: "此处不允许 " + r.Method,
	})
}

func (p problemWriter) unknownPath(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, problem{
		Status: http.StatusNotFound, Code: codes.NotFound.String(), Reason: "UNKNOWN_PATH",
		Detail: "there is nothing at this path; /docs lists what there is", Instance: r.URL.Path,
	})
}

// write answers the failure of an RPC, or of reading its request.
func (p problemWriter) write(w http.ResponseWriter, r *http.Request, s *status.Status, method string) {
	if b, ok := r.Body.(*limitedBody); ok {
		if refused, ok := b.refusal(); ok {
			s = fault.Status(refused)
		}
	}
	out := describe(s)
	out.Instance = r.URL.Path
	if m, ok := misreadOf(s); ok {
		f := p.routes.misplaced(method, m)
		out.Errors, out.Detail, out.chinese = []field{f}, sentence(f.name(), f.Detail), f.sayChinese(f.inChinese())
	}
	if httpStatus, reason, detail, chinese := unreadable(r); reason != "" {
		out.Status, out.Reason, out.Detail, out.Errors, out.chinese = httpStatus, reason, detail, nil, chinese
	}
	if e, ok := fault.From(s.Err()); ok {
		if e.RetryAfter() > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter().Seconds())))
		}
		for i, v := range e.Violations() {
			f := p.routes.locate(method, v)
			if i == 0 { // the sentence is about the first
				out.Detail, out.chinese = respell(v.Field, out.Detail, f.say), respell(v.Field, out.chinese, f.sayChinese)
			}
			out.Errors = append(out.Errors, f)
		}
		out.FurtherErrors, out.FurtherRows = e.Further().Violations, e.Further().Rows
	}
	if s.Code() == codes.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	p.answer(w, r, out)
}

// describe is a status as a problem, without what depends on the request.
func describe(s *status.Status) problem {
	out := problem{Status: runtime.HTTPStatusFromCode(s.Code()), Detail: s.Message(), Code: s.Code().String()}
	if e, ok := fault.From(s.Err()); ok {
		out.chinese = e.Chinese()
	}
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			out.Reason, out.Acknowledge = d.GetReason(), fault.AcknowledgedBy(d)
		case *errdetails.ResourceInfo:
			out.Resource = d.GetResourceName()
		}
	}
	switch out.Reason {
	case "":
		out.Reason, out.Detail = own(s)
	case limits.ReasonTooLarge, limits.ReasonMessage:
		out.Status = http.StatusRequestEntityTooLarge
	}
	return out.named()
}

// own gives a reason to what no service said, such as the decoder's refusal of a body.
func own(s *status.Status) (reason, detail string) {
	if s.Code() != codes.InvalidArgument {
		return code.Code(s.Code()).String(), s.Message() //nolint:gosec // one of seventeen codes
	}
	return reasonMalformed, s.Message()
}

// sentence is a detail that begins with what it is about, if it is about something in particular.
func sentence(name, detail string) string {
	if name == "" || detail == "" {
		return detail
	}
	return name + ": " + detail
}

// named fills in what follows from the rest.
func (p problem) named() problem {
	p.Type = "urn:wancun:problem:" + strings.ToLower(strings.ReplaceAll(p.Reason, "_", "-"))
	if p.Title = http.StatusText(p.Status); p.Title == "" {
		p.Title = "Client Closed Request" // 499, the one status that is not HTTP's own
	}
	return p
}

// element is a problem as the last element of a stream.
func (p problem) element() []byte {
	b, _ := json.Marshal(map[string]problem{"error": p}) // strings and numbers: it cannot fail
	return b
}

// send answers with a problem in the language that the client prefers, as far as its texts are translated.
func (p problemWriter) send(w http.ResponseWriter, r *http.Request, out problem) {
	out = out.named()
	h := w.Header()
	h.Add("Vary", "Accept-Language")
	if inChinese(r) {
		out = out.translated()
		h.Set("Content-Language", "zh-CN")
	}
	b, _ := json.Marshal(out) // strings and numbers: it cannot fail
	h.Del("Etag")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(out.Status)
	_, _ = w.Write(b) // the client has gone
}
