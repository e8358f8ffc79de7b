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

// Violation is one thing wrong with one field of the request.
type Violation struct {
	// Field is the proto path from the request (or, inside a rule, from the message it judges): need.title, items[3].
	// Empty means the message as a whole.
	Field string
	// Reason is the stable UPPER_SNAKE name a program switches on; for a constraint of the proto it is the constraint's id
	// (STRING_MIN_LEN).
	Reason string
	// Description is for a person and completes the sentence that the field's name begins: "must not be empty".
	Description string
	// Chinese is the same in Chinese (zh-CN); empty if it was not said in Chinese.
	Chinese string
	// Question says that the request is not wrong but questioned: with Reason among its acknowledge it goes through.
	Question bool
	// Rows are the rows of a batch that the violation is of, if it is of several. Field names the first of them.
	Rows []RowRange
	// Count is how many rows the violation is of, with those that an answer had no room for; 0 if it is of one place.
	Count int
}

// Error is a refusal that callers may act upon. Make one with a constructor of this package; the zero value says
// nothing and is answered as OK by gRPC, so never return it.
type Error struct {
	code       codes.Code
	reason     string
	message    string // what callers read; empty if it is composed from the violations
	chinese    string // message in Chinese; empty if it has no translation
	resource   string
	violations []Violation
	further    Further
	retryAfter time.Duration
	cause      error // what the operator reads
}

// Invalid refuses a value the request brought (INVALID_ARGUMENT): it would be refused in any state of the system.
// The formatted text completes the sentence that the field's name begins.
func Invalid(field, reason, format string, args ...any) *Error {
	return InvalidOne(Violated(field, reason, format, args...))
}

// Violated is a violation whose text is said in Chinese as well, if there is a translation of it.
func Violated(field, reason, format string, args ...any) Violation {
	v := Violation{Field: field, Reason: reason}
	v.Description, v.Chinese = Say(format, args...)
	return v
}

// InvalidOne is Invalid for a violation that speaks Chinese as well.
func InvalidOne(v Violation) *Error {
	return one(codes.InvalidArgument, v)
}

// AlreadyExistsOne is AlreadyExists for a violation that speaks Chinese as well: a rule that two resources break together.
func AlreadyExistsOne(v Violation) *Error { return one(codes.AlreadyExists, v) }

// PreconditionOne is Precondition for a violation that speaks Chinese as well.
func PreconditionOne(v Violation) *Error { return one(codes.FailedPrecondition, v) }

func one(code codes.Code, v Violation) *Error {
	return &Error{code: code, reason: v.Reason, violations: []Violation{v}}
}

// InvalidAll refuses a request for everything that is wrong with it at once, so that whoever uploads a sheet corrects it
// in one go. Its reason is INVALID_REQUEST however many violations there are, so that a program need not expect another
// one when a second field is wrong as well; each violation has its own. Call it with at least one violation: it never
// returns nil, because a nil *Error in an error variable would read as a failure.
func InvalidAll(v []Violation) *Error {
	e := &Error{code: codes.InvalidArgument, reason: reasonInvalidRequest, violations: slices.Clone(v)}
	if len(v) == 0 {
		e.message = "the request is not valid"
	}
	return e
}

// OutOfRange refuses a position beyond what exists yet (OUT_OF_RANGE), such as a journal read after the head. Unlike
// Invalid, the same request may succeed later.
func OutOfRange(field, reason, format string, args ...any) *Error {
	return &Error{
		code: codes.OutOfRange, reason: reason,
		violations: []Violation{Violated(field, reason, format, args...)},
	}
}

// NotFound says that the named resource does not exist or that the caller may not know of it (NOT_FOUND); the two are
// the same answer on purpose.
func NotFound(resource string) *Error {
	return about(codes.NotFound, resource, "RESOURCE_NOT_FOUND", "%q was not found", []any{clip(resource)})
}

// NothingFound says that a search found nothing (NOT_FOUND). What was looked for has no resource name, so the text says it.
func NothingFound(format string, args ...any) *Error {
	return about(codes.NotFound, "", "NOTHING_FOUND", format, args)
}

// AlreadyExists says that the resource, or the request under this request id, was made before with another content
// (ALREADY_EXISTS).
func AlreadyExists(resource, reason, format string, args ...any) *Error {
	return about(codes.AlreadyExists, resource, reason, format, args)
}

// Precondition says that the resource is in a state that forbids the call (FAILED_PRECONDITION): repeating it is
// useless until someone changes that state.
func Precondition(resource, reason, format string, args ...any) *Error {
	return about(codes.FailedPrecondition, resource, reason, format, args)
}

// Aborted says that another writer came first (ABORTED), as a stale etag shows: read again, decide again, send again.
func Aborted(resource, reason, format string, args ...any) *Error {
	return about(codes.Aborted, resource, reason, format, args)
}

// Denied says that the caller is known and not allowed (PERMISSION_DENIED). It names no resource: what a caller may not
// see is NotFound.
func Denied(reason, format string, args ...any) *Error {
	return about(codes.PermissionDenied, "", reason, format, args)
}

// Unauthenticated says that the call carries no valid token (UNAUTHENTICATED).
func Unauthenticated(reason, format string, args ...any) *Error {
	return about(codes.Unauthenticated, "", reason, format, args)
}

// Unavailable says that something this service stands on is not there now (UNAVAILABLE). The caller learns the reason
// and when to try again, the operator the cause. A retryAfter of zero gives no advice; any other is rounded up to whole
// seconds, because HTTP's Retry-After knows nothing finer.
func Unavailable(reason string, retryAfter time.Duration, cause error) *Error {
	e := about(codes.Unavailable, "", reason, "temporarily unavailable, please try again", nil)
	e.retryAfter, e.cause = wholeSeconds(retryAfter), cause
	return e
}

// Exhausted says that the caller, or the server as a whole, is at a limit (RESOURCE_EXHAUSTED); retryAfter as in
// Unavailable, zero for limits that waiting does not lift, such as a size.
func Exhausted(reason string, retryAfter time.Duration, format string, args ...any) *Error {
	e := about(codes.ResourceExhausted, "", reason, format, args)
	e.retryAfter = wholeSeconds(retryAfter)
	return e
}

// DataLoss says that the named resource, or what is stored of it, is damaged (DATA_LOSS): repeating the call is useless
// until an operator has looked. Whoever finds the damage logs it; a call that meets it again is no line of its own.
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

// Because returns a copy that carries the operator's cause. The cause appears in Error and to [errors.Is] and
// [errors.As] in this process; it is never sent to a caller.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Saying returns a copy with another public message, for a failure of which callers may know more than that it is temporary.
func (e *Error) Saying(message string) *Error {
	c := *e
	c.message, c.chinese = message, InChinese(message)
	return &c
}

// At returns a copy that names the field at fault, for an error about another thing than the field's form: an
// organization that is not approved, at delivery.organization. An empty field names the message as a whole. The violation
// says the message without the name of the resource at its beginning, because the field has it, and so says the same of
// each row of a batch.
func (e *Error) At(field string) *Error {
	return e.With([]Violation{{Field: field, Reason: e.reason, Description: e.unnamed(e.message), Chinese: e.unnamed(e.chinese)}})
}

// unnamed is a text without the name of the resource at its beginning.
func (e *Error) unnamed(text string) string {
	for _, name := range []string{quote(e.resource), e.resource} {
		if rest, ok := strings.CutPrefix(text, name+" "); ok && e.resource != "" {
			return rest
		}
	}
	return text
}

// With returns a copy with these violations, for a batch whose rows fail for several reasons.
func (e *Error) With(v []Violation) *Error {
	c := *e
	c.violations = slices.Clone(v)
	return &c
}

// Error is the operator's text: code, reason, the public message and the cause. Do not show it to a caller; Message is
// for that.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %s", e.code, e.reason, e.Message())
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the operator's cause, nil if there is none.
func (e *Error) Unwrap() error { return e.cause }

// Code is the gRPC code, from which the gateway takes the HTTP status.
func (e *Error) Code() codes.Code { return e.code }

// Reason is the stable UPPER_SNAKE name a program switches on. It is empty only for a peer's error that did not come
// from a Wancun service.
func (e *Error) Reason() string { return e.reason }

// Resource is the name of the resource the error is about, or empty.
func (e *Error) Resource() string { return e.resource }

// RetryAfter is how long to wait before the same call is worth sending again; zero if nothing was advised.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// Violations is a copy of what is wrong with the request, in the order it was found; nil unless the request is at fault.
func (e *Error) Violations() []Violation { return slices.Clone(e.violations) }

// Message is the public text: one sentence, without internals, naming the first field at fault and counting the others.
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

// Chinese is Message in Chinese; empty if it has no translation.
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

// more counts the violations after the first, each once for each of its rows.
func (e *Error) more() int {
	more := e.further.Rows - 1
	for _, v := range e.violations {
		more += max(1, v.Count)
	}
	return more
}

func (v *Violation) inChinese() string { return cmp.Or(v.Chinese, InChinese(v.Description)) }
