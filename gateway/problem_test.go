package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

const organization = "/v1/organizations/51430000500011111X"

func TestEveryFailureIsAProblemThatAProgramCanActOn(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		want   problem
		retry  string
	}{
		"a wrong value": {fault.Invalid("name", "BAD_NAME", "must be a name"), 400,
			problem{Code: "InvalidArgument", Reason: "BAD_NAME", Detail: "name: must be a name", Title: "Bad Request"}, ""},
		"a position beyond the end": {fault.OutOfRange("after", "BEYOND_HEAD", "is too large"), 400,
			problem{Code: "OutOfRange", Reason: "BEYOND_HEAD", Detail: "after: is too large", Title: "Bad Request"}, ""},
		"a state that forbids it": {fault.Precondition("organizations/x", "NOT_APPROVED", "is not approved"), 400,
			problem{Code: "FailedPrecondition", Reason: "NOT_APPROVED", Detail: "is not approved", Title: "Bad Request", Resource: "organizations/x"}, ""},
		"an unknown caller": {fault.Unauthenticated("TOKEN_EXPIRED", "the token has expired"), 401,
			problem{Code: "Unauthenticated", Reason: "TOKEN_EXPIRED", Detail: "the token has expired", Title: "Unauthorized"}, ""},
		"somebody without the role": {fault.Denied("ROLE", "your roles do not allow this"), 403,
			problem{Code: "PermissionDenied", Reason: "ROLE", Detail: "your roles do not allow this", Title: "Forbidden"}, ""},
		"nothing of that name": {fault.NotFound("organizations/x"), 404,
			problem{Code: "NotFound", Reason: "RESOURCE_NOT_FOUND", Detail: `"organizations/x" was not found`, Title: "Not Found", Resource: "organizations/x"}, ""},
		"a name taken": {fault.AlreadyExists("organizations/x", "EXISTS", "is registered"), 409,
			problem{Code: "AlreadyExists", Reason: "EXISTS", Detail: "is registered", Title: "Conflict", Resource: "organizations/x"}, ""},
		"somebody came first": {fault.Aborted("organizations/x", "ETAG_STALE", "has changed"), 409,
			problem{Code: "Aborted", Reason: "ETAG_STALE", Detail: "has changed", Title: "Conflict", Resource: "organizations/x"}, ""},
		"a limit": {fault.Exhausted("TOO_MANY_CALLS", 1500*time.Millisecond, "too many calls"), 429,
			problem{Code: "ResourceExhausted", Reason: "TOO_MANY_CALLS", Detail: "too many calls", Title: "Too Many Requests"}, "2"},
		"a bug": {errors.New("nil map in line 7"), 500,
			problem{Code: "Internal", Reason: "INTERNAL", Detail: "internal error", Title: "Internal Server Error"}, ""},
		"an RPC that is not there": {status.Error(codes.Unimplemented, "unknown method"), 501,
			problem{Code: "Unimplemented", Reason: "UNIMPLEMENTED", Detail: "unknown method", Title: "Not Implemented"}, ""},
		"a full disk": {fault.Unavailable("STORAGE_FULL", time.Minute, errors.New("ENOSPC")), 503,
			problem{Code: "Unavailable", Reason: "STORAGE_FULL", Detail: "temporarily unavailable, please try again", Title: "Service Unavailable"}, "60"},
		"no answer in time": {context.DeadlineExceeded, 504,
			problem{Code: "DeadlineExceeded", Reason: "DEADLINE_EXCEEDED", Detail: "the call did not finish within its deadline", Title: "Gateway Timeout"}, ""},
		"a caller that has gone": {context.Canceled, 499,
			problem{Code: "Canceled", Reason: "CANCELLED", Detail: "the call was cancelled", Title: "Client Closed Request"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(t, open(t, refusing(fault.Status(c.err).Err())), "GET", organization, "")
			got := problemOf(t, r)
			if r.StatusCode != c.status {
				t.Errorf("status %d, want %d", r.StatusCode, c.status)
			}
			if got.Code != c.want.Code || got.Reason != c.want.Reason || got.Detail != c.want.Detail ||
				got.Title != c.want.Title || got.Resource != c.want.Resource || got.Instance != organization {
				t.Errorf("answered %+v, want %+v", got, c.want)
			}
			if want := "urn:wancun:problem:" + strings.ReplaceAll(strings.ToLower(c.want.Reason), "_", "-"); got.Type != want {
				t.Errorf("type %s, want %s", got.Type, want)
			}
			if after := r.Header.Get("Retry-After"); after != c.retry {
				t.Errorf("Retry-After %q, want %q", after, c.retry)
			}
			if asks := r.Header.Get("WWW-Authenticate") != ""; asks != (c.status == 401) {
				t.Errorf("asks for a token: %v", asks)
			}
			if r.Header.Get("Etag") != "" || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("may be kept: %v", r.Header)
			}
		})
	}
}

func TestAViolationNamesItsPlaceInTheRequest(t *testing.T) {
	type place struct{ pointer, parameter string }
	for name, c := range map[string]struct {
		verb, target, field string
		want                place
	}{
		"in the body that is a field of the request": {"POST", "/v1/organizations", "organization.display_name", place{pointer: "/displayName"}},
		"in the body that is the whole request":      {"POST", organization + ":approve", "request_id", place{pointer: "/requestId"}},
		"in a row of the body":                       {"POST", "/v1/organizations:batchCreate", "requests[12].organization.display_name", place{pointer: "/requests/12/organization/displayName"}},
		"at a row of the body":                       {"POST", "/v1/organizations:batchCreate", "requests[3]", place{pointer: "/requests/3"}},
		"in a row inside a row":                      {"POST", "/v1/campaigns", "campaign.actions[0].display_name", place{pointer: "/actions/0/displayName"}},
		"in the path":                                {"GET", organization, "name", place{parameter: "name"}},
		"in the path beside a body":                  {"POST", organization + ":approve", "name", place{parameter: "name"}},
		"in the path, as part of the body's message": {"PATCH", organization, "organization.name", place{parameter: "organization.name"}},
		"in the query":                               {"GET", "/v1/organizations", "page_size", place{parameter: "pageSize"}},
		"in one of several in the query":             {"GET", "/v1/campaigns/x/bulletin", "at_least[1]", place{parameter: "atLeast[1]"}},
		"in the query beside a body":                 {"POST", "/v1/organizations", "validate_only", place{parameter: "validateOnly"}},
		"in the body as a whole":                     {"POST", "/v1/organizations", "organization", place{}},
		"in a field that the proto does not have":    {"POST", "/v1/organizations", "organization.a/b~c", place{pointer: "/a~1b~0c"}},
		"nowhere in particular":                      {"GET", organization, "", place{}},
	} {
		t.Run(name, func(t *testing.T) {
			refused := fault.InvalidAll([]fault.Violation{{Field: c.field, Reason: "BAD", Description: "is bad"}})
			body := ""
			if c.verb != "GET" {
				body = "{}"
			}
			p := problemOf(t, ask(t, open(t, refusing(refused.GRPCStatus().Err())), c.verb, c.target, body))
			if len(p.Errors) != 1 {
				t.Fatalf("answered %+v, want one error", p)
			}
			if got := (place{p.Errors[0].Pointer, p.Errors[0].Parameter}); got != c.want {
				t.Errorf("%s is at %+v, want %+v", c.field, got, c.want)
			}
			if p.Errors[0].Detail != "is bad" || p.Errors[0].Reason != "BAD" {
				t.Errorf("said %+v", p.Errors[0])
			}
		})
	}
}

func TestRowsThatAreRefusedAlikeAreOneErrorWithItsRows(t *testing.T) {
	var all []fault.Violation
	for i := range 99_000 {
		if i != 3 {
			all = append(all, fault.Violation{Field: fmt.Sprintf("requests[%d].organization.uscc", i), Reason: "CHECK", Description: "does not fit"})
		}
	}
	p := problemOf(t, ask(t, open(t, refusing(fault.InvalidAll(all).GRPCStatus().Err())), "POST", "/v1/organizations:batchCreate", "{}"))
	want := []problemError{{
		Pointer: "/requests/0/organization/uscc", Label: "Unified social credit code", Detail: "does not fit", Reason: "CHECK",
		Rows: []rowRange{{0, 2}, {4, 98_999}}, Count: 98_999,
	}}
	if diff := cmp.Diff(want, p.Errors); diff != "" || p.Reason != "INVALID_REQUEST" || p.FurtherErrors != 0 {
		t.Errorf("answered %+v (-want +got):\n%s", p, diff)
	}
}

func TestAnAnswerSaysHowManyErrorsItHasNoRoomFor(t *testing.T) {
	var all []fault.Violation
	for i := range 500 {
		all = append(all, fault.Violation{Field: fmt.Sprintf("requests[%d].organization.uscc", i), Reason: "CHECK", Description: fmt.Sprintf("must end in %d", i)})
	}
	p := problemOf(t, ask(t, open(t, refusing(fault.InvalidAll(all).GRPCStatus().Err())), "POST", "/v1/organizations:batchCreate", "{}"))
	if len(p.Errors) < 10 || len(p.Errors)+p.FurtherErrors != 500 || p.FurtherRows != p.FurtherErrors {
		t.Errorf("%d errors are named and %d in %d rows left out", len(p.Errors), p.FurtherErrors, p.FurtherRows)
	}
}

func TestAQuestionSaysWhatAcknowledgesIt(t *testing.T) {
	quantity := (&villagev1.Need{}).ProtoReflect().Descriptor().Fields().ByName("quantity")
	asked := fault.Questions([]fault.Violation{fault.Implausible(quantity, 1_000_000, 100_000), fault.Implausible(quantity, 2_000_000, 100_000)})
	p := problemOf(t, ask(t, open(t, refusing(asked.GRPCStatus().Err())), "POST", "/v1/organizations:batchCreate", "{}"))
	if p.Reason != fault.ReasonQuestions || len(p.Errors) != 2 || !slices.Equal(p.Acknowledge, []string{"IMPLAUSIBLE_QUANTITY"}) {
		t.Errorf("answered %+v", p)
	}
}

func TestWhatTheTransportSaysIsTheOperatorsBusiness(t *testing.T) {
	var log strings.Builder
	refused := status.Error(codes.Unavailable, "dial tcp 10.1.2.3:7701: connection refused")
	r := ask(t, open(t, refusing(refused), logged(&log)), "GET", organization, "")
	if p := problemOf(t, r); p.Status != 503 || p.Reason != "PEER_UNAVAILABLE" || strings.Contains(p.Detail, "10.1.2.3") {
		t.Errorf("the caller receives %+v", p)
	}
	if !strings.Contains(log.String(), "10.1.2.3:7701") || !strings.Contains(log.String(), "GetOrganization") {
		t.Errorf("the log has %q", log.String())
	}
}

func TestACallerThatLeavesIsNoNews(t *testing.T) {
	var log strings.Builder
	ask(t, open(t, refusing(status.Error(codes.Canceled, "context canceled")), logged(&log)), "GET", organization, "")
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

func TestAStrangersRetryDelayIsRoundedUpToSeconds(t *testing.T) {
	s, err := status.New(codes.Unavailable, "busy").WithDetails(
		&errdetails.ErrorInfo{Reason: "BUSY", Domain: "wancun"}, &errdetails.RetryInfo{RetryDelay: durationpb.New(1200 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, open(t, refusing(s.Err())), "GET", organization, "").Header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q, want 2", got)
	}
}

func TestABodyThatIsNotJSONIsRefused(t *testing.T) {
	for body, says := range map[string]string{
		`uscc=3`:             `the body is not JSON: invalid character 'u' looking for beginning of value, at byte 1`,
		`{"uscc": `:          `the body is not JSON: it ends too early`,
		`{"uscc": "a",,}`:    `the body is not JSON: invalid character ',' looking for beginning of object key string, at byte 14`,
		`{"uscc": "\ud800"}`: `the body cannot be read: unexpected EOF`,
	} {
		p := problemOf(t, ask(t, open(t, unreached(t)), "POST", "/v1/organizations", body))
		if p.Status != 400 || p.Code != "InvalidArgument" || p.Reason != "MALFORMED_REQUEST" || p.Detail != says {
			t.Errorf("%s is answered %+v, want %q", body, p, says)
		}
	}
}

func TestWhatDoesNotFitTheRequestIsRefusedWithItsPlaceAndInPlainWords(t *testing.T) {
	type wrong = problemError
	const types = "must be one of SOCIAL_GROUP, SERVICE_AGENCY, FOUNDATION"
	for name, c := range map[string]struct {
		verb, target, body string
		detail             string
		want               wrong
	}{
		"a field that is not there": {"POST", "/v1/organizations", `{"displayNam": "x"}`, "displayNam: there is no such field",
			wrong{Pointer: "/displayNam", Detail: "there is no such field", Reason: "UNKNOWN_FIELD"}},
		"a field that is not there, in a row": {"POST", "/v1/organizations:batchCreate", "{\"requests\": [{},\n {\"organization\": {\"uscc\": \"一\", \"a/b\": {}}}]}",
			"requests[1].organization.a/b: there is no such field",
			wrong{Pointer: "/requests/1/organization/a~1b", Detail: "there is no such field", Reason: "UNKNOWN_FIELD"}},
		"a number for a list": {"POST", "/v1/divisions:import", `{"divisions": 3}`, "divisions: must be a list",
			wrong{Pointer: "/divisions", Label: "Divisions", Detail: "must be a list", Reason: "WRONG_TYPE"}},
		"a number for an object in a list": {"POST", "/v1/divisions:import", `{"divisions": [{}, 3]}`, "divisions[1]: must be an object",
			wrong{Pointer: "/divisions/1", Label: "Divisions", Detail: "must be an object", Reason: "WRONG_TYPE"}},
		"a list for the body": {"POST", "/v1/organizations", `[]`, "the body must be an object",
			wrong{Detail: "the body must be an object", Reason: "WRONG_TYPE"}},
		"a number for a text": {"POST", organization + ":approve", `{"etag": 3}`, "etag: must be a text",
			wrong{Pointer: "/etag", Label: "Etag", Detail: "must be a text", Reason: "WRONG_TYPE"}},
		"a text for a number": {"POST", "/v1/villages/433124001201/needs", `{"unit": "person", "quantity": "many"}`, "quantity: must be a whole number of at most 64 bits",
			wrong{Pointer: "/quantity", Label: "Quantity", Detail: "must be a whole number of at most 64 bits", Reason: "WRONG_TYPE"}},
		"a field given twice": {"POST", "/v1/organizations", `{"uscc": "a", "uscc": "b"}`, "uscc: is given more than once",
			wrong{Pointer: "/uscc", Label: "Unified social credit code", Detail: "is given more than once", Reason: "DUPLICATE_FIELD"}},
		"a word that the enum does not have": {"POST", "/v1/organizations", `{"type": "CLUB"}`, "type: " + types,
			wrong{Pointer: "/type", Label: "Type", Detail: types, Reason: "UNKNOWN_VALUE"}},
		"in the body of a change": {"PATCH", organization, `{"type": "CLUB"}`, "type: " + types,
			wrong{Pointer: "/type", Label: "Type", Detail: types, Reason: "UNKNOWN_VALUE"}},
		"a parameter that is no number": {"GET", "/v1/organizations?pageSize=many", "", "pageSize: must be a whole number of at most 32 bits",
			wrong{Parameter: "pageSize", Label: "Page size", Detail: "must be a whole number of at most 32 bits", Reason: "WRONG_TYPE"}},
		"a parameter that is no truth": {"POST", "/v1/organizations?validateOnly=maybe", "{}", "validateOnly: must be true or false",
			wrong{Parameter: "validateOnly", Label: "Check only", Detail: "must be true or false", Reason: "WRONG_TYPE"}},
		"a parameter that the enum does not have": {"GET", "/v1/campaigns/x/bulletin:render?format=xx", "", "format: must be one of TEXT, HTML, JSON, PDF",
			wrong{Parameter: "format", Label: "Format", Detail: "must be one of TEXT, HTML, JSON, PDF", Reason: "UNKNOWN_VALUE"}},
		"a parameter spelled as in the proto": {"GET", "/v1/organizations?page_size=many", "", "pageSize: must be a whole number of at most 32 bits",
			wrong{Parameter: "pageSize", Label: "Page size", Detail: "must be a whole number of at most 32 bits", Reason: "WRONG_TYPE"}},
		"a parameter given in both spellings": {"GET", "/v1/organizations?pageSize=1&page_size=2", "", "pageSize: is given more than once",
			wrong{Parameter: "pageSize", Label: "Page size", Detail: "is given more than once", Reason: "DUPLICATE_PARAMETER"}},
		"a parameter given twice": {"GET", "/v1/organizations?pageSize=1&pageSize=2", "", "pageSize: is given more than once",
			wrong{Parameter: "pageSize", Label: "Page size", Detail: "is given more than once", Reason: "DUPLICATE_PARAMETER"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, ask(t, open(t, unreached(t)), c.verb, c.target, c.body))
			if p.Status != 400 || p.Code != "InvalidArgument" || p.Reason != "MALFORMED_REQUEST" || p.Detail != c.detail {
				t.Errorf("answered %+v, want %q", p, c.detail)
			}
			if diff := cmp.Diff([]wrong{c.want}, p.Errors); diff != "" {
				t.Errorf("errors %+v, want %+v", p.Errors, c.want)
			}
		})
	}
}

func TestEveryParameterThatCannotBeReadIsNamed(t *testing.T) {
	p := problemOf(t, ask(t, open(t, unreached(t)), "GET", "/v1/campaigns/x/bulletin:render?language=xx&format=xx", ""))
	if len(p.Errors) != 2 || p.Errors[0].Parameter != "format" || p.Errors[1].Parameter != "language" {
		t.Errorf("answered %+v", p)
	}
}

func TestAMaskNamesFieldsAsInJSONOrAsInTheProto(t *testing.T) {
	for mask, want := range map[string][]string{
		"displayName":                     {"display_name"},
		"display_name,usccOverrideReason": {"display_name", "uscc_override_reason"},
		"uscc":                            {"uscc"},
		"displayNam,usccOverrideIt":       {"displayNam", "usccOverrideIt"}, // unknown names are passed on, so that the service refuses them
	} {
		for _, parameter := range []string{"updateMask", "update_mask"} {
			var got []string
			r := ask(t, open(t, wire(func(_ context.Context, _ string, request, _ proto.Message) error {
				got = request.(*orgv1.UpdateOrganizationRequest).GetUpdateMask().GetPaths()
				return nil
			})), "PATCH", organization+"?"+parameter+"="+mask, "{}")
			if r.StatusCode != http.StatusOK || !slices.Equal(got, want) {
				t.Errorf("%s=%s is answered %s and changes %q, want %q", parameter, mask, r.Status, got, want)
			}
		}
	}
}

func TestAQueryParameterThatNoRPCReadsIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		verb, target string
		unknown      string
	}{
		"a filter misspelled":               {"GET", "/v1/organizations?fitler=x", "fitler"},
		"one beside a good one":             {"GET", "/v1/organizations?pageSize=3&page=2", "page"},
		"the name, which the path gives":    {"GET", organization + "?name=organizations/x", "name"},
		"validateOnly outside of its body":  {"POST", "/v1/organizations:batchCreate?validateOnly=true", "validateOnly"},
		"a field of the body":               {"POST", "/v1/organizations?organization.uscc=x", "organization.uscc"},
		"a field below one that has none":   {"GET", "/v1/organizations?pageSize.x=1", "pageSize.x"},
		"an etag on a call that takes none": {"GET", organization + "?etag=3", "etag"},
	} {
		t.Run(name, func(t *testing.T) {
			body := ""
			if c.verb == "POST" {
				body = "{}"
			}
			p := problemOf(t, ask(t, open(t, unreached(t)), c.verb, c.target, body))
			if p.Status != 400 || p.Reason != "UNKNOWN_PARAMETER" || len(p.Errors) != 1 || p.Errors[0].Parameter != c.unknown {
				t.Errorf("answered %+v", p)
			}
		})
	}
	t.Run("and one that it reads is not, in either spelling", func(t *testing.T) {
		for _, target := range []string{"/v1/organizations?pageSize=3", "/v1/organizations?page_size=3&filter=x"} {
			if r := ask(t, open(t, refusing(nil)), "GET", target, ""); r.StatusCode != http.StatusOK {
				t.Errorf("%s is answered %s", target, r.Status)
			}
		}
	})
}
