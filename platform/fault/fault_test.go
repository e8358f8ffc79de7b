package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/fault"
)

func TestEveryConstructorSaysItsCodeItsReasonAndASafeSentence(t *testing.T) {
	cases := []struct {
		err               *fault.Error
		code              codes.Code
		reason, resource  string
		message, operator string
	}{
		{
			fault.Invalid("need.title", "TITLE_EMPTY", "must not be empty"), codes.InvalidArgument, "TITLE_EMPTY", "",
			"need.title: must not be empty", "InvalidArgument TITLE_EMPTY: need.title: must not be empty",
		},
		{
			fault.OutOfRange("after", "AFTER_HEAD", "is after the head %d", 7), codes.OutOfRange, "AFTER_HEAD", "",
			"after: is after the head 7", "OutOfRange AFTER_HEAD: after: is after the head 7",
		},
		{
			fault.NotFound("villages/1/needs/x"), codes.NotFound, "RESOURCE_NOT_FOUND", "villages/1/needs/x",
			`"villages/1/needs/x" was not found`, `NotFound RESOURCE_NOT_FOUND: "villages/1/needs/x" was not found`,
		},
		{
			fault.NothingFound("no village is named %s", "X"), codes.NotFound, "NOTHING_FOUND", "",
			"no village is named X", "NotFound NOTHING_FOUND: no village is named X",
		},
		{
			fault.AlreadyExists("needs/x", "NEED_EXISTS", "exists with another title"), codes.AlreadyExists, "NEED_EXISTS", "needs/x",
			"exists with another title", "AlreadyExists NEED_EXISTS: exists with another title",
		},
		{
			fault.Precondition("needs/x", "NEED_CLOSED", "the need is closed"), codes.FailedPrecondition, "NEED_CLOSED", "needs/x",
			"the need is closed", "FailedPrecondition NEED_CLOSED: the need is closed",
		},
		{
			fault.Aborted("needs/x", "ETAG_STALE", "changed meanwhile"), codes.Aborted, "ETAG_STALE", "needs/x",
			"changed meanwhile", "Aborted ETAG_STALE: changed meanwhile",
		},
		{
			fault.Denied("ROLE_MISSING", "needs the role %s", "auditor"), codes.PermissionDenied, "ROLE_MISSING", "",
			"needs the role auditor", "PermissionDenied ROLE_MISSING: needs the role auditor",
		},
		{
			fault.Unauthenticated("TOKEN_EXPIRED", "the token has expired"), codes.Unauthenticated, "TOKEN_EXPIRED", "",
			"the token has expired", "Unauthenticated TOKEN_EXPIRED: the token has expired",
		},
		{
			fault.Unavailable("STORAGE_FULL", 0, errors.New("disk sda1 full")), codes.Unavailable, "STORAGE_FULL", "",
			"temporarily unavailable, please try again",
			"Unavailable STORAGE_FULL: temporarily unavailable, please try again: disk sda1 full",
		},
		{
			fault.Exhausted("TOO_MANY_CALLS", 0, "at most %d calls at once", 9), codes.ResourceExhausted, "TOO_MANY_CALLS", "",
			"at most 9 calls at once", "ResourceExhausted TOO_MANY_CALLS: at most 9 calls at once",
		},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			got := []any{c.err.Code(), c.err.Reason(), c.err.Resource(), c.err.Message(), c.err.Error(), status.Code(fmt.Errorf("save: %w", c.err))}
			want := []any{c.code, c.reason, c.resource, c.message, c.operator, c.code}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	one := fault.Violation{Field: "need.title", Reason: "EMPTY", Description: "must not be empty"}
	two := fault.Violation{Field: "need.households", Reason: "NEGATIVE", Description: "must not be negative"}

	t.Run("the first is named and the others are counted", func(t *testing.T) {
		if e := fault.InvalidAll([]fault.Violation{one, two}); e.Message() != "need.title: must not be empty (and 1 more)" {
			t.Errorf("got %v", e)
		}
	})
	t.Run("the reason is the same for one, for several of a kind and for several kinds", func(t *testing.T) {
		for _, wrong := range [][]fault.Violation{{one}, {one, one}, {one, two}} {
			if e := fault.InvalidAll(wrong); e.Reason() != "INVALID_REQUEST" {
				t.Errorf("Reason() of %d violations = %q, want INVALID_REQUEST", len(wrong), e.Reason())
			}
		}
	})
	t.Run("even none is an error, never a nil one", func(t *testing.T) {
		var err error = fault.InvalidAll(nil)
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("InvalidAll(nil) = %v", err)
		}
	})
	t.Run("the caller's slice is not kept", func(t *testing.T) {
		given := []fault.Violation{one}
		e := fault.InvalidAll(given)
		given[0].Field, e.Violations()[0].Field = "changed", "changed"
		if e.Violations()[0].Field != "need.title" {
			t.Error("an error changed after it was made")
		}
	})
}

func TestInNamesThePlaceOfTheFieldInTheRequest(t *testing.T) {
	for _, c := range []struct{ prefix, field, want string }{
		{"need", "title", "need.title"},
		{"requests[12].need", "title", "requests[12].need.title"},
		{"names", "[3]", "names[3]"},
		{"requests[12]", "", "requests[12]"},
		{"", "title", "title"},
	} {
		e, _ := fault.From(fault.In(c.prefix, fault.Invalid(c.field, "X", "is wrong")))
		if got := e.Violations()[0].Field; got != c.want || !strings.HasPrefix(e.Message(), c.want+": ") {
			t.Errorf("In(%q, %q) names %q in %q, want %q", c.prefix, c.field, got, e.Message(), c.want)
		}
	}

	t.Run("the original is not touched", func(t *testing.T) {
		rule := fault.Invalid("title", "EMPTY", "must not be empty")
		_ = fault.In("need", rule)
		if rule.Violations()[0].Field != "title" {
			t.Error("In changed the error it was given")
		}
	})
	t.Run("text wrapped around it stays with the operator", func(t *testing.T) {
		got := fault.In("need", fmt.Errorf("check need: %w", fault.Invalid("title", "EMPTY", "must not be empty")))
		if !strings.Contains(got.Error(), "check need") || strings.Contains(fault.Status(got).Message(), "check need") {
			t.Errorf("got %v", got)
		}
	})
	t.Run("errors that name no field pass unchanged", func(t *testing.T) {
		peers := status.Error(codes.InvalidArgument, "names[3]: unknown")
		for _, err := range []error{nil, io.EOF, fault.NotFound("needs/x"), peers} {
			if got := fault.In("need", err); got != err { //nolint:errorlint // the very same error is the promise
				t.Errorf("In changed %v into %v", err, got)
			}
		}
	})
}

func TestTheCauseIsForTheOperatorAlone(t *testing.T) {
	plain := fault.Precondition("needs/x", "NEED_CLOSED", "the need is closed")
	e := plain.Because(io.ErrUnexpectedEOF)
	if !errors.Is(e, io.ErrUnexpectedEOF) || !strings.Contains(e.Error(), io.ErrUnexpectedEOF.Error()) {
		t.Errorf("the operator does not see the cause in %v", e)
	}
	if plain.Unwrap() != nil {
		t.Error("Because changed the error it was called on")
	}
	if sent := e.GRPCStatus().String(); strings.Contains(sent, io.ErrUnexpectedEOF.Error()) {
		t.Errorf("the caller sees the cause: %s", sent)
	}
}

func TestTheTimeToWaitIsInWholeSecondsRoundedUp(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{-time.Second: 0, 0: 0, 1: time.Second, time.Second: time.Second, 1100 * time.Millisecond: 2 * time.Second} {
		if got := fault.Unavailable("BUSY", in, nil).RetryAfter(); got != want {
			t.Errorf("RetryAfter of %v = %v, want %v", in, got, want)
		}
	}
}
