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

// reasonMalformed is the reason of a request that the gateway could not read and therefore did not send to a service.
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
	// Acknowledge contains the reasons in Errors that are questions. A request that acknowledges them succeeds.
	Acknowledge []string `json:"acknowledge,omitempty"`
	// FurtherErrors is the number of errors that do not fit into the response, and FurtherRows the number of their
	// rows.
	FurtherErrors int `json:"furtherErrors,omitempty"`
	FurtherRows   int `json:"furtherRows,omitempty"`

	chinese string // Detail in Chinese; empty if it has no translation
}

// field is one error of the request. Pointer refers to a part of the body (RFC 6901), and Parameter to a part of the
// path or the query. If both are empty, the error is about the whole body. If the error affects several rows of a
// batch, Pointer refers to the first of them, Rows contains their indices, and Count is the number of rows, including
// those that do not fit into Rows.
type field struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Label     string `json:"label,omitempty"` // the label of the field
	Detail    string `json:"detail"`
	Reason    string `json:"reason,omitempty"`
	Rows      []rows `json:"rows,omitempty"`
	Count     int    `json:"count,omitempty"`

	chinese      string // Detail in Chinese; empty if it has no translation
	labelChinese string // Label in Chinese; empty if the error is not about a field
}

// rows is a range of consecutive rows.
type rows struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// problemWriter writes errors as problem details.
type problemWriter struct {
	routes *routes
	logger *slog.Logger
}

// call writes the error of an RPC.
func (p problemWriter) call(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errNotModified) {
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	method, _ := runtime.RPCMethod(ctx)
	p.write(w, r, p.public(ctx, method, err), method)
}

// public returns the part of an error that the client may receive. The errors of services are public. Errors of the
// transport, which may contain addresses and certificates, are only logged.
func (p problemWriter) public(ctx context.Context, method string, err error) *status.Status {
	s := fault.Status(err)
	if s.Code() != codes.Canceled && s.Message() != status.Convert(err).Message() {
		p.logger.WarnContext(ctx, "call failed", "method", method, "code", s.Code().String(), "error", err)
	}
	return s
}

// stream reports an error within a stream as its last element, since the HTTP status has already been sent.
func (p problemWriter) stream(ctx context.Context, err error) *status.Status {
	if errors.Is(context.Cause(ctx), errDraining) {
		return fault.Status(errDraining)
	}
	method, _ := runtime.RPCMethod(ctx)
	return p.public(ctx, method, err)
}

// routing refuses a path or a verb that no RPC has.
func (p problemWriter) routing(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, _ int) {
	p.notHere(w, r)
}

// notHere refuses a request. It is a 405 if the path accepts other verbs, otherwise a 404.
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

// write writes the error of an RPC, or of reading its request.
func (p problemWriter) write(w http.ResponseWriter, r *http.Request, s *status.Status, method string) {
	if b, ok := r.Body.(*limitedBody); ok {
		if refused, ok := b.refusal(); ok {
			s = fault.Status(refused)
		}
	}
	if e, ok := fault.From(s.Err()); ok && e.RetryAfter() > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter().Seconds())))
	}
	if s.Code() == codes.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	p.answer(w, r, p.problemOf(r, s, method))
}

// problemOf converts a status to a problem that names the parts of the HTTP request.
func (p problemWriter) problemOf(r *http.Request, s *status.Status, method string) problem {
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
		for i, v := range e.Violations() {
			f := p.routes.locate(method, v)
			if i == 0 { // the detail is about the first violation
				out.Detail, out.chinese = respell(v.Field, out.Detail, f.say), respell(v.Field, out.chinese, f.sayChinese)
			}
			out.Errors = append(out.Errors, f)
		}
		out.FurtherErrors, out.FurtherRows = e.Further().Violations, e.Further().Rows
	}
	return out
}

// describe converts a status to a problem, without the parts that depend on the request.
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

// own returns the reason and the detail of an error that no service gave a reason, such as the decoder's refusal of a
// body.
func own(s *status.Status) (reason, detail string) {
	if s.Code() != codes.InvalidArgument {
		return code.Code(s.Code()).String(), s.Message() //nolint:gosec // one of seventeen codes
	}
	return reasonMalformed, s.Message()
}

// sentence prefixes a detail with the name that it is about, if there is one.
func sentence(name, detail string) string {
	if name == "" || detail == "" {
		return detail
	}
	return name + ": " + detail
}

// named fills in the fields that follow from the others.
func (p problem) named() problem {
	p.Type = "urn:wancun:problem:" + strings.ToLower(strings.ReplaceAll(p.Reason, "_", "-"))
	if p.Title = http.StatusText(p.Status); p.Title == "" {
		p.Title = "Client Closed Request" // 499, the only status that is not in the HTTP standard
	}
	return p
}

// element returns a problem as the last element of a stream.
func (p problem) element() []byte {
	b, _ := json.Marshal(map[string]problem{"error": p}) // strings and numbers cannot fail to encode
	return b
}

// send writes a problem in the language that the client prefers, as far as its texts are translated.
func (p problemWriter) send(w http.ResponseWriter, r *http.Request, out problem) {
	out = out.named()
	h := w.Header()
	h.Add("Vary", "Accept-Language")
	if inChinese(r) {
		out = out.translated()
		h.Set("Content-Language", "zh-CN")
	}
	b, _ := json.Marshal(out) // strings and numbers cannot fail to encode
	h.Del("Etag")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(out.Status)
	_, _ = w.Write(b) // an error means that the client has disconnected
}
