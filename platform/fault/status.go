package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// Domain is the ErrorInfo domain of every error of a Wancun service. Reasons are unique within it.
const Domain = "wancun"

const reasonInvalidRequest = "INVALID_REQUEST"

// localeChinese is the locale of the Chinese texts. All other texts are English.
const localeChinese = "zh-CN"

// Limits of a status. It is sent in HTTP/2 trailers. Many clients and proxies accept 8 KiB of trailers and drop an
// answer with more, so neither details nor texts may grow with the request.
const (
	maxTrailers = 8 << 10
	// otherTrailers is reserved for the other trailers.
	otherTrailers = 768
	maxText       = 768
	maxWords      = 384 // per text of a violation
)

// GRPCStatus returns the status that is sent: always ErrorInfo, then ResourceInfo, LocalizedMessage, RetryInfo,
// BadRequest and ViolatedRows if they apply. Its message is English; LocalizedMessage has the Chinese translation if
// there is one. It does not contain the cause. Violations that differ only in their rows are sent as one.
//
// The status fits into 8 KiB of trailers: it has the first violations that fit, and the number of those left out. Texts
// are cut at 768 bytes, those of violations at 384.
func (e *Error) GRPCStatus() *status.Status {
	details := []protoadapt.MessageV1{InfoOf(e.reason, e.Acknowledgeable())}
	if e.resource != "" {
		details = append(details, &errdetails.ResourceInfo{ResourceName: clip(e.resource)})
	}
	if zh := e.Chinese(); zh != "" {
		details = append(details, &errdetails.LocalizedMessage{Locale: localeChinese, Message: clip(zh)})
	}
	if e.retryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.retryAfter)})
	}
	plain := status.New(e.code, clip(e.Message()))
	full, err := plain.WithDetails(details...)
	if err != nil { // only for code OK, which no constructor uses
		return plain
	}
	if len(e.violations) == 0 {
		return full
	}
	bad, rows := detailed(joined(e.violations), e.further, room(full))
	details = []protoadapt.MessageV1{bad}
	if rows != nil {
		details = append(details, rows)
	}
	if full, err = full.WithDetails(details...); err != nil {
		return plain
	}
	return full
}

// room returns the number of bytes of details that still fit into the trailers beside a status. gRPC writes three bytes
// for each byte of the message that is not printable ASCII, and encodes the details in Base64.
func room(s *status.Status) int {
	left := maxTrailers - otherTrailers
	for _, c := range []byte(s.Message()) {
		left--
		if c < ' ' || c > '~' || c == '%' {
			left -= 2
		}
	}
	return left/4*3 - proto.Size(s.Proto())
}

// clip limits the length of a text and makes it valid UTF-8; otherwise proto refuses the whole detail.
func clip(s string) string { return clipTo(maxText, s) }

func clipTo(most int, s string) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// quote quotes a name for a sentence, with a limited length and with control characters escaped.
func quote(s string) string { return fmt.Sprintf("%q", clip(s)) }

// From returns the typed error in err's chain. For a status received from a peer it returns an error with the decoded
// details, and err as the cause. It returns false for nil, context errors and all other plain errors. A status that is
// not from a Wancun service, such as one of the transport, becomes an *Error with an empty Reason.
//
// A peer's INVALID_ARGUMENT is about the request that this service sent to the peer. Convert it before it is returned
// to this service's caller, who did not send that request.
func From(err error) (*Error, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e, true
	}
	st, ok := received(err)
	if !ok {
		return nil, false
	}
	e = &Error{code: st.Code(), message: st.Message(), cause: err}
	var questions []string
	for _, d := range st.Details() { // ViolatedRows follows the BadRequest that it refers to
		e.decode(d)
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == Domain {
			questions = AcknowledgedBy(info)
		}
	}
	e.markQuestions(questions)
	return e, true
}

// decode copies a detail into an error that no other goroutine uses yet.
func (e *Error) decode(detail any) {
	switch d := detail.(type) {
	case *errdetails.ErrorInfo:
		if d.GetDomain() == Domain {
			e.reason = d.GetReason()
		}
	case *errdetails.ResourceInfo:
		e.resource = d.GetResourceName()
	case *errdetails.LocalizedMessage:
		if d.GetLocale() == localeChinese {
			e.chinese = d.GetMessage()
		}
	case *errdetails.RetryInfo:
		e.retryAfter = wholeSeconds(d.GetRetryDelay().AsDuration())
	case *errdetails.BadRequest:
		for _, v := range d.GetFieldViolations() {
			w := Violation{Field: v.GetField(), Reason: v.GetReason(), Description: v.GetDescription()}
			if m := v.GetLocalizedMessage(); m.GetLocale() == localeChinese {
				w.Chinese = m.GetMessage()
			}
			e.violations = append(e.violations, w)
		}
	case *resourcev1.ViolatedRows:
		e.locate(d)
	}
}

// received returns the status of a gRPC client or server in err's chain. A status with code OK does not count.
func received(err error) (*status.Status, bool) {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) {
		return nil, false
	}
	st := carrier.GRPCStatus()
	return st, st != nil && st.Code() != codes.OK
}

// Status returns the status that a server answers for err: nil for nil, the GRPCStatus of a typed error, the unchanged
// status of a Wancun peer, CANCELLED or DEADLINE_EXCEEDED for context errors, and INTERNAL without the text of err for
// all others. Every status that this package creates has an ErrorInfo, so no client needs to parse the message.
//
// A status from outside Wancun keeps its code. It also keeps its text, unless the transport uses the code for texts
// with addresses, certificates or stack frames.
func Status(err error) *status.Status {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e.GRPCStatus()
	}
	if st, ok := received(err); ok {
		return passOn(st)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return stock(codes.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return stock(codes.DeadlineExceeded)
	}
	return stock(codes.Internal)
}

func passOn(st *status.Status) *status.Status {
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == Domain {
			return st
		}
	}
	switch st.Code() {
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded:
		return stock(st.Code())
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return stock(codes.Internal)
	}
	return st
}

// stock returns the fixed status of a code whose cause is not for the caller.
func stock(code codes.Code) *status.Status {
	e := Error{code: code}
	switch code {
	case codes.Canceled:
		e.reason, e.message = "CANCELLED", "the call was cancelled"
	case codes.DeadlineExceeded:
		e.reason, e.message = "DEADLINE_EXCEEDED", "the call did not finish within its deadline"
	case codes.Unavailable:
		e.reason, e.message = "PEER_UNAVAILABLE", "temporarily unavailable, please try again"
	default:
		e.code, e.reason, e.message = codes.Internal, "INTERNAL", "internal error"
	}
	e.chinese = InChinese(e.message)
	return e.GRPCStatus()
}
