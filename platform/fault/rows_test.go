package fault_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/fault"
)

// rows refuses the rows of a batch for which bad returns true, with the texts of say.
func rows(n int, bad func(row int) bool, say func(row int) string) error {
	var all []fault.Violation
	for i := range n {
		if bad(i) {
			all = append(all, fault.Violation{
				Field: fmt.Sprintf("requests[%d].delivery.quantity", i), Reason: "QUANTITY_MISSING", Description: say(i), Chinese: "须大于 0",
			})
		}
	}
	return fault.InvalidAll(all)
}

func every(int) bool       { return true }
func same(int) string      { return "must be greater than 0" }
func other(row int) string { return fmt.Sprintf("must be greater than %d", row) }

// received returns the error that a client with 8 KiB for trailers receives.
func received(t *testing.T, err error) *fault.Error {
	t.Helper()
	got, ok := fault.From(call(t, answering(t, func() error { return err })))
	if !ok || got.Reason() == "" {
		t.Fatalf("the answer did not arrive: %v", got)
	}
	return got
}

func TestRowsThatAreRefusedForTheSameReasonAreOneViolation(t *testing.T) {
	got := received(t, rows(99_000, func(row int) bool { return row != 7 }, same))
	want := []fault.Violation{{
		Field: "requests[0].delivery.quantity", Reason: "QUANTITY_MISSING", Description: same(0), Chinese: "须大于 0",
		Rows: []fault.RowRange{{First: 0, Last: 6}, {First: 8, Last: 98_999}}, Count: 98_999,
	}}
	if diff := cmp.Diff(want, got.Violations()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Further() != (fault.Further{}) || got.Message() != "requests[0].delivery.quantity: must be greater than 0 (and 98998 more)" {
		t.Errorf("%q, left out %+v", got.Message(), got.Further())
	}
}

func TestKindsOfFaultsAreDistinguished(t *testing.T) {
	at := func(field, reason, says string) fault.Violation {
		return fault.Violation{Field: field, Reason: reason, Description: says}
	}
	got := received(t, fault.InvalidAll([]fault.Violation{
		at("requests[0].need.title", "A", "a"), at("requests[0].need.unit", "A", "a"), at("requests[1].need.title", "A", "a"),
		at("requests[2].need.title", "B", "a"), at("requests[3].need.title", "A", "b"), at("campaign.actions[0].title", "A", "a"),
		at("campaign.actions[1].title", "A", "a"), at("names[1]", "A", "a"), at("requests[3].need.title", "A", "a"), at("", "A", "a"),
	}))
	var fields []string
	for _, v := range got.Violations() {
		fields = append(fields, fmt.Sprintf("%s %s %s %v", v.Field, v.Reason, v.Description, v.Rows))
	}
	want := []string{
		"requests[0].need.title A a [{0 1} {3 3}]", "requests[0].need.unit A a []", "requests[2].need.title B a []",
		"requests[3].need.title A b []", "campaign.actions[0].title A a []", "campaign.actions[1].title A a []", "names[1] A a []", " A a []",
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAnAnswerFitsIntoTheTrailersHoweverManyRowsAreBad(t *testing.T) {
	long := strings.Repeat("村", 1000)
	for name, c := range map[string]struct {
		err        error
		violations int // the minimum in the answer
		rows       int
	}{
		"every second row":               {rows(99_000, func(row int) bool { return row%2 == 0 }, same), 1, 49_500},
		"each for a reason of its own":   {rows(20_000, every, other), 20, 20_000},
		"in long words":                  {rows(20_000, every, func(row int) string { return fmt.Sprint(row) + long }), 1, 20_000},
		"each second one for one of two": {rows(90_000, func(row int) bool { return row%3 != 0 }, func(row int) string { return other(row % 3) }), 2, 60_000},
		"with a long message":            {fault.Precondition(long, "LONG", "%s", long).With([]fault.Violation{{Field: long, Reason: long, Description: long, Chinese: long}}), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := received(t, c.err)
			sum := got.Further().Rows
			for _, v := range got.Violations() {
				sum += max(1, v.Count)
			}
			if len(got.Violations()) < c.violations || sum != c.rows {
				t.Errorf("%d violations of %d rows, with %+v left out", len(got.Violations()), sum, got.Further())
			}
			again := received(t, got) // as a service that passes on the error of a peer
			if diff := cmp.Diff(public(got), public(again)); diff != "" || again.Further() != got.Further() {
				t.Errorf("passed on, it changes by %s and leaves out %+v", diff, again.Further())
			}
		})
	}
}
