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

// Domain is the ErrorInfo domain of every error a Wancun service makes. Reasons are unique within it.
const Domain = "wancun"

const reasonInvalidRequest = "INVALID_REQUEST"

// localeChinese is the locale of the texts that are said in Chinese. All other texts are English.
const localeChinese = "zh-CN"

// Bounds on what is sent. A status travels in HTTP/2 trailers, of which many clients and proxies take 8 KiB and drop the
// answer beyond, so neither details nor texts may grow with what the caller sent.
const (
	maxTrailers = 8 << 10
	// otherTrailers is room for what else is in them.
	otherTrailers = 768
	maxText       = 768
	maxWords      = 384 // of a violation
)

// GRPCStatus is the status as sent: ErrorInfo always, then ResourceInfo, LocalizedMessage, RetryInfo, BadRequest and
// ViolatedRows as far as they apply. Its message is English; the same in Chinese is the LocalizedMessage, if there is a
// translation. The cause is not in it. Violations that differ in their rows alone are sent as one. The status fits into 8 KiB
// of trailers: of the violations those that were found first are sent, and how many were left out. Texts are cut at 768 bytes,
// those of violations at 384.
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
	if err != nil { // only for code OK, which no constructor makes
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

// room is how many bytes of details fit into the trailers beside what is in a status already: its message, in which gRPC
// writes three bytes for each that is no printable ASCII, and its details, in Base64.
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

// clip bounds a text and makes it valid UTF-8, without which proto refuses the whole detail.
func clip(s string) string { return clipTo(maxText, s) }

func clipTo(most int, s string) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// quote renders a name inside a sentence: bounded, and with control characters made visible.
func quote(s string) string { return fmt.Sprintf("%q", clip(s)) }

// From finds the typed error in err's chain, or makes one of a status received from a peer, its details decoded and err
// itself as the cause. It answers false for nil, for context errors and for every other plain error. A peer's status that
// no Wancun service made (one of the transport's own, say) gives an *Error with an empty Reason.
//
// A peer's INVALID_ARGUMENT speaks of the request that was sent to the peer. Translate it before answering one's own
// caller, who did not send that request.
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
	for _, d := range st.Details() { // ViolatedRows after the BadRequest that it speaks of
		e.decode(d)
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == Domain {
			questions = AcknowledgedBy(info)
		}
	}
	e.markQuestions(questions)
	return e, true
}

// decode fills in a still unpublished error.
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

// received finds a status that some gRPC client or server made. A status of code OK is no error and is not one.
func received(err error) (*status.Status, bool) {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) {
		return nil, false
	}
	st := carrier.GRPCStatus()
	return st, st != nil && st.Code() != codes.OK
}

// Status is what a server answers for err: nil for nil, a typed error as it is, a Wancun peer's status passed on whole,
// context errors as CANCELLED and DEADLINE_EXCEEDED, and INTERNAL without any text of err for all else. Every answer that
// is made here carries an ErrorInfo, so no client needs to read the message to know what happened.
//
// A status from outside Wancun keeps its code. Its text is kept too, unless the code is one the transport uses to speak of
// addresses, certificates and stack frames.
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

// stock is the one fixed answer for a code whose cause the caller has no business with.
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
