package rest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/fault"
)

// problem is the gateway's RFC 9457 problem detail.
type problem struct {
	Code, Reason, Detail, Resource string

	Errors                     []violation
	Acknowledge                []string
	FurtherErrors, FurtherRows int32

	retryAfter time.Duration // from the Retry-After header
}

type violation struct {
	Pointer, Parameter, Detail, Reason string

	Rows  []struct{ First, Last int32 }
	Count int32
}

// refusal converts an answer other than 200 into the error that the service returned. An answer that is not a problem
// detail comes from a proxy; its status becomes the error.
func refusal(o origin, answer *http.Response, text []byte) error {
	var p problem
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.Unmarshal(text, &p) != nil {
		return status.Errorf(codeOf(answer.StatusCode), "%s is answered %s", answer.Request.URL.Redacted(), answer.Status)
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		p.retryAfter = time.Duration(seconds) * time.Second
	}
	return p.status(o).Err()
}

// codeOf returns UNAVAILABLE for a status that a retry may resolve, and UNKNOWN otherwise.
func codeOf(httpStatus int) codes.Code {
	switch httpStatus {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return codes.Unavailable
	default:
		return codes.Unknown
	}
}

// status returns the problem as the status of the service, with all details.
func (p *problem) status(o origin) *status.Status {
	details := []protoadapt.MessageV1{fault.InfoOf(p.Reason, p.Acknowledge)}
	if p.Resource != "" {
		details = append(details, &errdetails.ResourceInfo{ResourceName: p.Resource})
	}
	if p.retryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(p.retryAfter)})
	}
	if len(p.Errors) > 0 {
		bad, rows := p.violations(o)
		details = append(details, bad, rows)
	}
	plain := status.New(p.code(), p.Detail)
	full, err := plain.WithDetails(details...)
	if err != nil { // a text that is not UTF-8
		return plain
	}
	return full
}

// violations returns the violations of fields and the rows that they concern.
func (p *problem) violations(o origin) (*errdetails.BadRequest, *resourcev1.ViolatedRows) {
	bad := &errdetails.BadRequest{}
	in := &resourcev1.ViolatedRows{FurtherViolations: p.FurtherErrors, FurtherRows: p.FurtherRows}
	for _, v := range p.Errors {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: o.field(v), Description: v.Detail, Reason: v.Reason,
		})
		of := &resourcev1.Rows{Count: v.Count}
		for _, r := range v.Rows {
			of.Ranges = append(of.Ranges, &resourcev1.RowRange{First: r.First, Last: r.Last})
		}
		in.Violations = append(in.Violations, of)
	}
	return bad, in
}

func (p *problem) code() codes.Code {
	for c := codes.OK + 1; c <= codes.Unauthenticated; c++ {
		if c.String() == p.Code {
			return c
		}
	}
	return codes.Unknown
}

// field returns the path of the request field that the gateway named in the body or the query:
// /requests/12/need/quantity becomes requests[12].need.quantity.
func (o origin) field(v violation) string {
	names := strings.FieldsFunc(v.Parameter, func(r rune) bool { return strings.ContainsRune(".[]", r) })
	if v.Pointer != "" {
		names = strings.Split(strings.TrimPrefix(v.Pointer, "/"), "/")
	}
	if v.Parameter == "" && o.Body != "*" && o.Body != "" {
		names = append([]string{o.Body}, names...)
	}
	var path strings.Builder
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for d := o.input; len(names) > 0; names = names[1:] {
		name := unescape.Replace(names[0])
		if _, err := strconv.Atoi(name); err == nil {
			fmt.Fprintf(&path, "[%s]", name)
			continue
		}
		name, d = protoName(d, name)
		if path.Len() > 0 {
			path.WriteString(".")
		}
		path.WriteString(name)
	}
	return path.String()
}

// protoName returns the proto name of the field with a JSON name, and the message in the field, nil if it holds none.
func protoName(d protoreflect.MessageDescriptor, name string) (string, protoreflect.MessageDescriptor) {
	if d == nil {
		return name, nil
	}
	f := d.Fields().ByJSONName(name)
	if f == nil {
		f = d.Fields().ByName(protoreflect.Name(name))
	}
	if f == nil {
		return name, nil
	}
	return string(f.Name()), f.Message()
}
