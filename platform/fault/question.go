package fault

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/label"
)

// ReasonQuestions is the reason of an error that the caller may acknowledge.
const ReasonQuestions = "QUESTIONS"

// metadataAcknowledge is the ErrorInfo key of the codes of the questions, separated by commas.
const metadataAcknowledge = "acknowledge"

// Questions refuses a request until its caller acknowledges its unusual values (FAILED_PRECONDITION). Each violation is
// a question, and its reason is the code that acknowledges it. There must be at least one violation.
func Questions(v []Violation) *Error {
	asked := slices.Clone(v)
	for i := range asked {
		asked[i].Question = true
	}
	return &Error{code: codes.FailedPrecondition, reason: ReasonQuestions, violations: asked}
}

// Implausible returns the question whether a value above the plausible maximum is correct, in the unit in which people
// write the field.
func Implausible(f protoreflect.FieldDescriptor, value, atMost int64) Violation {
	v, most := label.Amount(f, value), label.Amount(f, atMost)
	code := CodeImplausible(string(f.Name()))
	return Violation{
		Field: string(f.Name()), Reason: code, Question: true,
		Description: fmt.Sprintf("is %s, and more than %s is not plausible: acknowledge %s if it is right", v.En, most.En, code),
		Chinese:     fmt.Sprintf("为 %s，超过 %s 的合理上限：确认无误请用 acknowledge 申明 %s", v.Zh, most.Zh, code),
	}
}

// CodeImplausible returns the code of the question whether the value of a field is correct: IMPLAUSIBLE_QUANTITY.
func CodeImplausible(field string) string { return "IMPLAUSIBLE_" + strings.ToUpper(field) }

// Acknowledgeable returns the codes with which the request may acknowledge the questions among the violations, sorted
// and without duplicates.
func (e *Error) Acknowledgeable() []string {
	var codes []string
	for _, v := range e.violations {
		if v.Question {
			codes = append(codes, v.Reason)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// InfoOf returns the ErrorInfo of an error with this reason and the codes that acknowledge its questions.
func InfoOf(reason string, acknowledge []string) *errdetails.ErrorInfo {
	info := &errdetails.ErrorInfo{Reason: clip(reason), Domain: Domain}
	if len(acknowledge) > 0 {
		info.Metadata = map[string]string{metadataAcknowledge: clip(strings.Join(acknowledge, ","))}
	}
	return info
}

// AcknowledgedBy returns the codes that an ErrorInfo lists for acknowledgement.
func AcknowledgedBy(info *errdetails.ErrorInfo) []string {
	if codes := info.GetMetadata()[metadataAcknowledge]; codes != "" {
		return strings.Split(codes, ",")
	}
	return nil
}

// markQuestions marks the violations of a received error whose reasons are among the codes.
func (e *Error) markQuestions(codes []string) {
	for i := range e.violations {
		e.violations[i].Question = slices.Contains(codes, e.violations[i].Reason)
	}
}
