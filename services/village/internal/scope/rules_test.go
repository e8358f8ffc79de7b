package scope

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

const (
	a = "villages/433124001201"
	b = "villages/433124001202"
)

// on returns a day of 2019, or nil for month 0.
func on(month, dayOfMonth int32) *date.Date {
	if month == 0 {
		return nil
	}
	return &date.Date{Year: 2019, Month: month, Day: dayOfMonth}
}

func member(village string, from, to *date.Date) *villagev1.ScopeMember {
	return &villagev1.ScopeMember{Village: village, ValidFrom: from, ValidTo: to}
}

func scopeOf(members ...*villagev1.ScopeMember) *villagev1.Scope {
	return &villagev1.Scope{Name: "scopes/example", Members: members}
}

func TestMembershipsFitTogether(t *testing.T) {
	for _, tc := range []struct {
		name string
		give *villagev1.Scope
		want map[string]string
	}{
		{"one after the other", scopeOf(member(a, on(1, 1), on(6, 1)), member(b, on(1, 1), nil)), nil},
		{"again from the day it left", scopeOf(member(a, on(1, 1), on(6, 1)), member(a, on(6, 1), nil)), nil},
		{"again before, in another order", scopeOf(member(a, on(6, 1), nil), member(a, on(1, 1), on(6, 1))), nil},
		{"twice on a day", scopeOf(member(a, on(1, 1), on(6, 2)), member(a, on(6, 1), nil)), map[string]string{"members[1].village": "MEMBER_TWICE"}},
		{"twice for ever", scopeOf(member(a, on(1, 1), nil), member(b, on(1, 1), nil), member(a, on(6, 1), nil)), map[string]string{"members[2].village": "MEMBER_TWICE"}},
		{"the same line twice", scopeOf(member(a, on(1, 1), nil), member(a, on(1, 1), nil)), map[string]string{"members[1].village": "MEMBER_TWICE"}},
		{"left before it joined", scopeOf(member(a, on(6, 1), on(1, 1))), map[string]string{"members[0].valid_to": "NOT_AFTER_VALID_FROM"}},
		{"left on the day it joined", scopeOf(member(a, on(6, 1), on(6, 1))), map[string]string{"members[0].valid_to": "NOT_AFTER_VALID_FROM"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var blamed map[string]string
			if e, ok := fault.From(Validate(tc.give)); ok {
				blamed = map[string]string{}
				for _, v := range e.Violations() {
					blamed[v.Field] = v.Reason
				}
			}
			if diff := cmp.Diff(tc.want, blamed); diff != "" {
				t.Errorf("Validate blames (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAScopeOnlyGrows(t *testing.T) {
	old := scopeOf(member(a, on(1, 1), nil), member(b, on(1, 1), on(6, 1)))
	for _, tc := range []struct {
		name string
		give *villagev1.Scope
		want codes.Code
	}{
		{"nothing changes", old, codes.OK},
		{"a village joins", scopeOf(append(old.GetMembers(), member("villages/433124001203", on(2, 1), nil))...), codes.OK},
		{"a village leaves", scopeOf(member(a, on(1, 1), on(9, 1)), old.GetMembers()[1]), codes.OK},
		{"a village comes back", scopeOf(append(old.GetMembers(), member(b, on(9, 1), nil))...), codes.OK},
		{"the order changes", scopeOf(old.GetMembers()[1], old.GetMembers()[0]), codes.OK},
		{"a membership is removed", scopeOf(old.GetMembers()[0]), codes.FailedPrecondition},
		{"a membership begins later", scopeOf(member(a, on(2, 1), nil), old.GetMembers()[1]), codes.FailedPrecondition},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Grow(old, tc.give)
			if got := fault.Status(err).Code(); got != tc.want {
				t.Errorf("Grow = %v, want %s", err, tc.want)
			}
		})
	}
}

func TestOnlyVillagesThatJoinAreLookedUp(t *testing.T) {
	old := scopeOf(member(a, on(1, 1), on(6, 1)))
	updated := scopeOf(member(a, on(1, 1), on(6, 1)), member(b, on(1, 1), on(2, 1)), member(a, on(9, 1), nil), member(b, on(9, 1), nil))
	if diff := cmp.Diff(map[string]int{b: 1}, joining(old, updated)); diff != "" {
		t.Errorf("joining (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{a: 0, b: 1}, joining(nil, updated)); diff != "" {
		t.Errorf("joining a new scope (-want +got):\n%s", diff)
	}
}
