package place

import (
	"maps"
	"slices"
)

// Territory is the codes that an area covers, by their prefixes.
type Territory []Part

// Part is the codes that begin with Prefix, except those that begin with one of Except.
type Part struct {
	Prefix string
	Except []string
}

// Covers reports whether a code is in the territory.
func (t Territory) Covers(code string) bool {
	return slices.ContainsFunc(t, func(p Part) bool {
		return Within(code, p.Prefix) && !slices.ContainsFunc(p.Except, func(hole string) bool { return Within(code, hole) })
	})
}

// Territory returns what an area, given by its short code, covers today: every code whose place is in the area today. A
// part that moved to another area is not covered. If the code itself, or one around it, was taken over, Territory
// returns what it covered until then, and nothing of its successor. Parts are sorted by their prefixes.
func (s *Successions) Territory(area string) Territory {
	if s.Empty() {
		return Territory{{Prefix: area}}
	}
	s = s.before(area)
	covered := map[string]bool{} // by each code for which the answer may differ from the place around it
	for _, code := range s.borders(area) {
		covered[code] = Within(s.Current(code), area)
	}
	sorted := slices.Sorted(maps.Keys(covered))
	var t Territory
	for _, code := range sorted {
		if covered[code] && !around(code, covered) {
			t = append(t, Part{Prefix: code, Except: holes(code, sorted, covered)})
		}
	}
	return t
}

// before returns s without the moves that took over area or a place around it.
func (s *Successions) before(area string) *Successions {
	over := func(m Move) bool { return Within(area, m.From) }
	if !slices.ContainsFunc(s.by, over) {
		return s
	}
	return New(slices.DeleteFunc(s.Moves(), over)...)
}

// borders returns an area, the codes that it took over, the parts of all these that moved, and the codes that these
// took over.
func (s *Successions) borders(area string) []string {
	found, seen := []string{area}, map[string]bool{area: true}
	for i := 0; i < len(found); i++ {
		parts := within(s.by, found[i], func(m Move) string { return m.From })
		for _, code := range append(s.predecessors(found[i]), codesFrom(parts)...) {
			if !seen[code] {
				seen[code] = true
				found = append(found, code)
			}
		}
	}
	return found
}

func codesFrom(moves []Move) []string {
	codes := make([]string, len(moves))
	for i, m := range moves {
		codes[i] = m.From
	}
	return codes
}

// around reports whether the nearest place around a code is covered.
func around(code string, covered map[string]bool) bool {
	for l := Village; l >= Province; l-- {
		if w := l.Width(); w < len(code) {
			if c, ok := covered[code[:w]]; ok {
				return c
			}
		}
	}
	return false
}

// holes returns the codes within a place that are not covered although the place around them is.
func holes(prefix string, sorted []string, covered map[string]bool) []string {
	var found []string
	for _, code := range within(sorted, prefix, func(code string) string { return code }) {
		if !covered[code] && around(code, covered) {
			found = append(found, code)
		}
	}
	return found
}
