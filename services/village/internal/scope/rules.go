package scope

import (
	"cmp"
	"maps"
	"slices"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// span is the duration of a membership: from its first day up to, but excluding, `to`.
type span struct {
	row      int
	from, to day.Day
}

// Validate checks the rules that every scope satisfies: memberships end after they begin, and a village is a member at
// most once at any date.
func Validate(s *villagev1.Scope) error {
	var wrong fault.Collector
	spans := map[string][]span{}
	for i, m := range s.GetMembers() {
		sp := spanOf(i, m)
		if sp.to <= sp.from {
			wrong.Row("members", i).Add("valid_to", "NOT_AFTER_VALID_FROM", "must be after valid_from")
			continue
		}
		spans[m.GetVillage()] = append(spans[m.GetVillage()], sp)
	}
	earlier := overlaps(spans)
	for _, row := range slices.Sorted(maps.Keys(earlier)) {
		wrong.Row("members", row).Add("village", "MEMBER_TWICE", "%s is a member by members[%d] on that day", s.GetMembers()[row].GetVillage(), earlier[row])
	}
	return wrong.Err()
}

func spanOf(row int, m *villagev1.ScopeMember) span {
	if m.GetValidTo() == nil {
		return span{row, day.Number(m.GetValidFrom()), day.Never}
	}
	return span{row, day.Number(m.GetValidFrom()), day.Number(m.GetValidTo())}
}

// overlaps maps the row of each membership that begins before the previous one of the same village has ended to the row
// of that previous membership.
func overlaps(spans map[string][]span) map[int]int {
	earlier := map[int]int{}
	for _, of := range spans {
		slices.SortFunc(of, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.row, b.row)) })
		for i := 1; i < len(of); i++ {
			if of[i].from < of[i-1].to {
				earlier[of[i].row] = of[i-1].row
			}
		}
	}
	return earlier
}

// membership identifies a membership in successive revisions of a scope.
type membership struct {
	village string
	from    day.Day
}

// Grow refuses an update that removes a membership or changes its first day.
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

// joining returns the rows of the villages that are in updated and not in old, by village. old is nil for a new scope.
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
