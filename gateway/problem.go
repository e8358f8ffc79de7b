package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

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
}

// field is one thing wrong with the request: Pointer leads into the body (RFC 6901), Parameter names a part of the path
// or the query.
type field struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Detail    string `json:"detail"`
	Reason    string `json:"reason,omitempty"`
}

// problemWriter turns failures into problem details.
type problemWriter struct {
	routes *routes
	logger *slog.Logger
}

// call answers a failed RPC.
func (p problemWriter) call(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errNotModified) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	method, _ := runtime.RPCMethod(ctx)
	p.write(w, r, status.Convert(err), method)
}

// routing answers a path or a verb that no RPC has.
func (p problemWriter) routing(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int) {
	allowed := p.routes.allow(r.URL.Path)
	switch {
	case len(allowed) > 0:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		p.send(w, problem{
			Status: http.StatusMethodNotAllowed, Code: codes.Unimplemented.String(), Reason: "METHOD_NOT_ALLOWED",
			Detail: r.Method + " is not allowed here", Instance: r.URL.Path,
		})
	case httpStatus == http.StatusBadRequest:
		p.send(w, problem{
			Status: httpStatus, Code: codes.InvalidArgument.String(), Reason: "MALFORMED_PATH",
			Detail: "the path is malformed", Instance: r.URL.Path,
		})
	default:
		p.unknownPath(w, r)
	}
}

func (p problemWriter) unknownPath(w http.ResponseWriter, r *http.Request) {
	p.send(w, problem{
		Status: http.StatusNotFound, Code: codes.NotFound.String(), Reason: "UNKNOWN_PATH",
		Detail: "there is nothing at this path; /docs lists what there is", Instance: r.URL.Path,
	})
}

// stream reports a failure inside a stream, whose status is sent already: as its last element.
func (p problemWriter) stream(_ context.Context, err error) *status.Status { return status.Convert(err) }

func (p problemWriter) write(w http.ResponseWriter, r *http.Request, s *status.Status, method string) {
	out := problem{
		Status: runtime.HTTPStatusFromCode(s.Code()), Detail: s.Message(), Instance: r.URL.Path, Code: s.Code().String(),
	}
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			out.Reason = d.GetReason()
		case *errdetails.ResourceInfo:
			out.Resource = d.GetResourceName()
		case *errdetails.RetryInfo:
			seconds := int64(d.GetRetryDelay().AsDuration().Seconds())
			w.Header().Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				out.Errors = append(out.Errors, p.routes.locate(method, v))
			}
		}
	}
	if body, ok := r.Body.(*limitedBody); ok && body.exceeded {
		out.Status, out.Reason, out.Detail = http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", errBodyTooLarge.Error()
	}
	if out.Reason == "" {
		// The gateway's own refusals, such as JSON that does not parse, carry no details.
		out.Reason = "MALFORMED_REQUEST"
		if s.Code() != codes.InvalidArgument {
			out.Reason = strings.ToUpper(s.Code().String())
		}
	}
	if s.Code() == codes.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	p.send(w, out)
}

func (p problemWriter) send(w http.ResponseWriter, out problem) {
	out.Type = "urn:wancun:problem:" + strings.ToLower(strings.ReplaceAll(out.Reason, "_", "-"))
	out.Title = http.StatusText(out.Status)
	b, err := json.Marshal(out)
	if err != nil {
		p.logger.Error("encode problem", "error", err)
		b = []byte(`{}`)
	}
	w.Header().Del("ETag")
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(out.Status)
	_, _ = w.Write(b) // the client has gone
}
