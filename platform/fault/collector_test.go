package fault_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/fault"
)

func fieldsOf(err error) string {
	f, _ := fault.From(err)
	var fields []string
	for _, v := range f.Violations() {
		fields = append(fields, v.Field+" "+v.Reason)
	}
	return strings.Join(fields, ", ")
}

func TestACollectorNamesEachFieldFromTheWhole(t *testing.T) {
	var wrong fault.Collector
	if err := wrong.Err(); err != nil {
		t.Errorf("an empty collector says %v", err)
	}
	wrong.Add("title", "DIFFERS", "must be %s, as for the batch", "x")
	row := wrong.Row("items", 3)
	row.Add("unit", "UNKNOWN", "must be one of %s", "kg, m")
	row.In("price").Row("parts", 1).Add("", "NEGATIVE", "must not be negative")
	const want = "title DIFFERS, items[3].unit UNKNOWN, items[3].price.parts[1] NEGATIVE"
	for name, err := range map[string]error{"the whole": wrong.Err(), "a part": row.Err()} {
		f, ok := fault.From(err)
		if !ok || f.Code() != codes.InvalidArgument || f.Reason() != "INVALID_REQUEST" || fieldsOf(err) != want {
			t.Errorf("%s says %v at %s, want %s", name, err, fieldsOf(err), want)
		}
	}
	if f, _ := fault.From(wrong.Err()); f.Violations()[0].Chinese != "须为 x，与整批一致" {
		t.Errorf("in Chinese it says %q", f.Violations()[0].Chinese)
	}
}

func TestACollectorTakesErrorsAboutTheMessageAlone(t *testing.T) {
	question := fault.Questions([]fault.Violation{{Field: "quantity", Reason: "IMPLAUSIBLE_QUANTITY", Question: true}})
	retired := fault.Precondition("divisions/1", "DIVISION_RETIRED", "this division is retired").At("code")
	for name, c := range map[string]struct {
		errs []error
		code codes.Code
		want string
	}{
		"the first":            {[]error{retired, fault.Invalid("level", "WRONG", "is wrong")}, codes.FailedPrecondition, "rows[0].code DIVISION_RETIRED, rows[1].level WRONG"},
		"no question":          {[]error{question, fault.Invalid("level", "WRONG", "is wrong")}, codes.InvalidArgument, "rows[0].quantity IMPLAUSIBLE_QUANTITY, rows[1].level WRONG"},
		"of a row as a whole":  {[]error{fault.NotFound("villages/1")}, codes.NotFound, "rows[0] RESOURCE_NOT_FOUND"},
		"questions if only so": {[]error{question}, codes.FailedPrecondition, "rows[0].quantity IMPLAUSIBLE_QUANTITY"},
	} {
		var wrong fault.Collector
		for i, err := range c.errs {
			if !wrong.Row("rows", i).Take(err) {
				t.Errorf("%s: %v is not taken", name, err)
			}
		}
		if f, ok := fault.From(wrong.Err()); !ok || f.Code() != c.code || fieldsOf(wrong.Err()) != c.want {
			t.Errorf("%s: %v at %s, want %v at %s", name, wrong.Err(), fieldsOf(wrong.Err()), c.code, c.want)
		}
	}
	var wrong fault.Collector
	for _, err := range []error{errors.New("the disk is full"), fault.Unavailable("PEER_AWAY", 0, nil)} {
		if wrong.Row("rows", 0).Take(err) || wrong.Err() != nil {
			t.Errorf("%v is taken for a fault of the message", err)
		}
	}
}
