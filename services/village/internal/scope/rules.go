package scope

import (
	"cmp"
	"fmt"
	"slices"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// span is the time of a membership: from its first day up to the day after its last.
type span struct {
	row      int
	from, to day.Day
}

// Validate holds for every scope: memberships end after they began, and a village is a member
// at most once at any date.
func Validate(s *villagev1.Scope) error {
	var wrong []fault.Violation
	spans := map[string][]span{}
	for i, m := range s.GetMembers() {
		sp, v := spanOf(i, m)
		if v != nil {
			wrong = append(wrong, *v)
			continue
		}
		spans[m.GetVillage()] = append(spans[m.GetVillage()], sp)
	}
	wrong = append(wrong, overlaps(spans)...)
	if len(wrong) > 0 {
		return fault.InvalidAll(wrong)
	}
	return nil
}

func spanOf(row int, m *villagev1.ScopeMember) (span, *fault.Violation) {
	from, to := day.Number(m.GetValidFrom()), day.Number(m.GetValidTo())
	if m.GetValidTo() == nil {
		return span{row, from, day.Never}, nil
	}
	if to <= from {
		return span{}, at(row, "valid_to", "NOT_AFTER_VALID_FROM", "must be after valid_from")
	}
	return span{row, from, to}, nil
}

// overlaps blames each membership that begins before an earlier one of the same village has ended.
func overlaps(spans map[string][]span) []fault.Violation {
	var wrong []fault.Violation
	for village, of := range spans {
		slices.SortFunc(of, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.row, b.row)) })
		for i := 1; i < len(of); i++ {
			if of[i].from < of[i-1].to {
				wrong = append(wrong, *at(of[i].row, "village", "MEMBER_TWICE",
					fmt.Sprintf("%s is a member by members[%d] on that day", village, of[i-1].row)))
			}
		}
	}
	slices.SortFunc(wrong, func(a, b fault.Violation) int { return cmp.Compare(a.Field, b.Field) })
	return wrong
}

// membership is what identifies a membership over time.
type membership struct {
	village string
	from    day.Day
}

// Grow refuses an update that removes a membership or moves its beginning.
func Grow(old, updated *villagev1.Scope) error {
	kept := make(map[membership]bool, len(updated.GetMembers()))
	for _, m := range updated.GetMembers() {
		kept[membershipOf(m)] = true
	}
	for _, m := range old.GetMembers() {
		if !kept[membershipOf(m)] {
			return fault.Precondition(old.GetName(), "MEMBERSHIP_MISSING",
				"the membership of %s from %d is missing; a village leaves with a valid_to", m.GetVillage(), membershipOf(m).from).At("members")
		}
	}
	return nil
}

func membershipOf(m *villagev1.ScopeMember) membership {
	return membership{m.GetVillage(), day.Number(m.GetValidFrom())}
}

// joining lists the rows of the villages of updated that old does not have yet; old is nil for a new scope.
func joining(old, updated *villagev1.Scope) map[string]int {
	rows := make(map[string]int, len(updated.GetMembers()))
	for i, m := range slices.Backward(updated.GetMembers()) {
		rows[m.GetVillage()] = i
	}
	for _, m := range old.GetMembers() {
		delete(rows, m.GetVillage())
	}
	return rows
}

func at(row int, field, reason, description string) *fault.Violation {
	return &fault.Violation{Field: fmt.Sprintf("members[%d].%s", row, field), Reason: reason, Description: description}
}
