package fault

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// Violation is one error in one field of the request.
type Violation struct {
	// Field is the proto path from the request: need.title, items[3]. Inside a rule it is relative to the message that
	// the rule checks. "" means the message as a whole.
	Field string
	// Reason is a stable name in UPPER_SNAKE case for programs. For a constraint of the proto it is the constraint's id
	// (STRING_MIN_LEN).
	Reason string
	// Description is a text for people. It completes the sentence that the field's name begins: "must not be empty".
	Description string
	// Chinese is the description in Chinese (zh-CN); "" if there is no translation.
	Chinese string
	// Question reports that the value is unusual, not wrong. The request is accepted if its acknowledge contains
	// Reason.
	Question bool
	// Rows are the rows of a batch that have the violation, if there are several. Field names the first.
	Rows []RowRange
	// Count is the number of rows with the violation, including those that did not fit into an answer; 0 for a
	// violation of one place.
	Count int
}

// Error is an error that callers can act on. Create it with a constructor of this package. The zero value must not be
// returned: gRPC answers OK for it.
type Error struct {
	code       codes.Code
	reason     string
	message    string // for callers; empty if it is composed from the violations
	chinese    string // message in Chinese; empty if it has no translation
	resource   string
	violations []Violation
	further    Further
	retryAfter time.Duration
	cause      error // for the operator
}

// Invalid refuses a value of the request that is wrong in any state of the system (INVALID_ARGUMENT). The formatted
// text completes the sentence that the field's name begins.
func Invalid(field, reason, format string, args ...any) *Error {
	return InvalidOne(Violated(field, reason, format, args...))
}

// Violated returns a violation with a formatted text, and the Chinese text if there is a translation.
func Violated(field, reason, format string, args ...any) Violation {
	v := Violation{Field: field, Reason: reason}
	v.Description, v.Chinese = Say(format, args...)
	return v
}

// InvalidOne is Invalid for a violation that may have a Chinese text.
func InvalidOne(v Violation) *Error {
	return one(codes.InvalidArgument, v)
}

// AlreadyExistsOne is AlreadyExists for a violation that may have a Chinese text, for a rule that two resources break
// together.
func AlreadyExistsOne(v Violation) *Error { return one(codes.AlreadyExists, v) }

// PreconditionOne is Precondition for a violation that may have a Chinese text.
func PreconditionOne(v Violation) *Error { return one(codes.FailedPrecondition, v) }

// DeniedOne is Denied for a violation: the caller may make the call, but not with this value of the field.
func DeniedOne(v Violation) *Error { return one(codes.PermissionDenied, v) }

func one(code codes.Code, v Violation) *Error {
	return &Error{code: code, reason: v.Reason, violations: []Violation{v}}
}

// InvalidAll refuses a request with all of its violations, so that the user can correct the whole sheet at once. Its
// reason is INVALID_REQUEST for any number of violations, so that it does not change when a second field is wrong; each
// violation has its own reason. There must be at least one violation. InvalidAll never returns nil, because a nil
// *Error in an error variable is not a nil error.
func InvalidAll(v []Violation) *Error {
	e := &Error{code: codes.InvalidArgument, reason: reasonInvalidRequest, violations: slices.Clone(v)}
	if len(v) == 0 {
		e.message = "the request is not valid"
	}
	return e
}

// OutOfRange refuses a position after the end of what exists (OUT_OF_RANGE), such as a read of the journal after the
// head. Unlike with Invalid, the same request may succeed later.
func OutOfRange(field, reason, format string, args ...any) *Error {
	return &Error{
		code: codes.OutOfRange, reason: reason,
		violations: []Violation{Violated(field, reason, format, args...)},
	}
}

// NotFound reports that the named resource does not exist or that the caller may not see it (NOT_FOUND). The error does
// not distinguish the two.
func NotFound(resource string) *Error {
	return about(codes.NotFound, resource, "RESOURCE_NOT_FOUND", "%q was not found", []any{clip(resource)})
}

// NothingFound reports that a search found nothing (NOT_FOUND). The text describes what was searched for, which has no
// resource name.
func NothingFound(format string, args ...any) *Error {
	return about(codes.NotFound, "", "NOTHING_FOUND", format, args)
}

// AlreadyExists reports that the resource, or a request with this request id, already exists with different content
// (ALREADY_EXISTS).
func AlreadyExists(resource, reason, format string, args ...any) *Error {
	return about(codes.AlreadyExists, resource, reason, format, args)
}

// Precondition reports that the state of the resource does not allow the call (FAILED_PRECONDITION). The call fails
// until another call changes the state.
func Precondition(resource, reason, format string, args ...any) *Error {
	return about(codes.FailedPrecondition, resource, reason, format, args)
}

// Aborted reports that another writer was first (ABORTED), as after a stale etag. The caller reads again and repeats
// the decision.
func Aborted(resource, reason, format string, args ...any) *Error {
	return about(codes.Aborted, resource, reason, format, args)
}

// Denied reports that the caller is authenticated but not allowed (PERMISSION_DENIED). It does not name a resource: use
// NotFound for a resource that the caller may not see.
func Denied(reason, format string, args ...any) *Error {
	return about(codes.PermissionDenied, "", reason, format, args)
}

// Unauthenticated reports that the call has no valid token (UNAUTHENTICATED).
func Unauthenticated(reason, format string, args ...any) *Error {
	return about(codes.Unauthenticated, "", reason, format, args)
}

// Unavailable reports that a dependency of this service is unavailable (UNAVAILABLE). The caller receives the reason
// and the time to retry after; the cause is for the operator. A retryAfter of zero gives no advice. Any other is
// rounded up to whole seconds, the unit of HTTP's Retry-After.
func Unavailable(reason string, retryAfter time.Duration, cause error) *Error {
	e := about(codes.Unavailable, "", reason, "temporarily unavailable, please try again", nil)
	e.retryAfter, e.cause = wholeSeconds(retryAfter), cause
	return e
}

// Exhausted reports that the caller or the server has reached a limit (RESOURCE_EXHAUSTED). retryAfter is as in
// Unavailable; zero for limits that waiting does not lift, such as a size.
func Exhausted(reason string, retryAfter time.Duration, format string, args ...any) *Error {
	e := about(codes.ResourceExhausted, "", reason, format, args)
	e.retryAfter = wholeSeconds(retryAfter)
	return e
}

// DataLoss reports that the named resource, or its stored form, is damaged (DATA_LOSS). The call fails until an
// operator has looked at it. The code that finds the damage logs it; later calls that meet it are not logged.
func DataLoss(resource, reason, format string, args ...any) *Error {
	return about(codes.DataLoss, resource, reason, format, args)
}

func about(code codes.Code, resource, reason, format string, args []any) *Error {
	e := &Error{code: code, reason: reason, resource: resource}
	e.message, e.chinese = Say(format, args...)
	return e
}

func wholeSeconds(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(d.Seconds())) * time.Second
}

// Because returns a copy with a cause for the operator. [errors.Is], [errors.As] and Error see the cause in this
// process. It is never sent to a caller.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Saying returns a copy with another public message, if callers may know more than that the failure is temporary.
func (e *Error) Saying(message string) *Error {
	c := *e
	c.message, c.chinese = message, InChinese(message)
	return &c
}

// At returns a copy with a violation of a field, for an error that is not about the field's form: an organization that
// is not approved, at delivery.organization. An empty field means the whole message. The violation has the message
// without the resource name at its beginning, since the field contains it. Violations of several rows of a batch
// therefore have the same text.
func (e *Error) At(field string) *Error {
	return e.With([]Violation{{Field: field, Reason: e.reason, Description: e.unnamed(e.message), Chinese: e.unnamed(e.chinese)}})
}

// unnamed returns a text without the resource name at its beginning.
func (e *Error) unnamed(text string) string {
	for _, name := range []string{quote(e.resource), e.resource} {
		if rest, ok := strings.CutPrefix(text, name+" "); ok && e.resource != "" {
			return rest
		}
	}
	return text
}

// With returns a copy with these violations, for a batch whose rows fail for different reasons.
func (e *Error) With(v []Violation) *Error {
	c := *e
	c.violations = slices.Clone(v)
	return &c
}

// Error returns the text for the operator: code, reason, public message and cause. Callers receive Message instead.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %s", e.code, e.reason, e.Message())
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause for the operator, nil if there is none.
func (e *Error) Unwrap() error { return e.cause }

// Code returns the gRPC code, from which the gateway derives the HTTP status.
func (e *Error) Code() codes.Code { return e.code }

// Reason returns the stable name of the error in UPPER_SNAKE case, for programs. It is empty only for a peer's error
// that is not from a Wancun service.
func (e *Error) Reason() string { return e.reason }

// Resource returns the name of the resource that the error is about, or "".
func (e *Error) Resource() string { return e.resource }

// RetryAfter returns the time after which the same call may succeed, zero if there is no advice.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// Violations returns a copy of the violations in the order in which they were found, nil if the request is not at
// fault.
func (e *Error) Violations() []Violation { return slices.Clone(e.violations) }

// Message returns the public text: one sentence without internals, which names the first invalid field and counts the
// others.
func (e *Error) Message() string {
	if e.message != "" || len(e.violations) == 0 {
		return e.message
	}
	first := e.violations[0]
	text := first.Description
	if first.Field != "" {
		text = first.Field + ": " + text
	}
	if more := e.more(); more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Chinese returns Message in Chinese, "" if there is no translation.
func (e *Error) Chinese() string {
	if e.message != "" || len(e.violations) == 0 {
		return e.chinese
	}
	first := e.violations[0]
	text := first.inChinese()
	if text == "" {
		return ""
	}
	if first.Field != "" {
		text = first.Field + ": " + text
	}
	if more := e.more(); more > 0 {
		text += fmt.Sprintf("（另有 %d 处）", more)
	}
	return text
}

// more returns the number of violations after the first. A violation counts once for each of its rows.
func (e *Error) more() int {
	more := e.further.Rows - 1
	for _, v := range e.violations {
		more += max(1, v.Count)
	}
	return more
}

func (v *Violation) inChinese() string { return cmp.Or(v.Chinese, InChinese(v.Description)) }
