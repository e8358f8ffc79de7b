package place

import (
	"maps"
	"slices"
)

// Territory is what an area covers: codes by their prefixes.
type Territory []Part

// Part is the codes that begin with Prefix, without those that begin with one of Except.
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

// Territory is what an area, by its short code, covers today: every code whose place is in the area today. A part that
// became part of another area is not covered. A code that was taken over itself, alone or with its surroundings, covers
// what it did until then, and nothing of its successor. Parts are sorted by their prefixes.
func (s *Successions) Territory(area string) Territory {
	if s.Empty() {
		return Territory{{Prefix: area}}
	}
	s = s.before(area)
	covered := map[string]bool{} // by each code at which the answer may differ from that of its surroundings
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

// before is s as it was before an area was taken over.
func (s *Successions) before(area string) *Successions {
	over := func(m Move) bool { return Within(area, m.From) }
	if !slices.ContainsFunc(s.by, over) {
		return s
	}
	return New(slices.DeleteFunc(s.Moves(), over)...)
}

// borders are an area, what it took over, the parts of all that which moved, and what these took over.
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

// around reports what holds for the nearest surroundings of a place.
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

// holes are the codes in a place that are not covered although their surroundings are.
func holes(prefix string, sorted []string, covered map[string]bool) []string {
	var found []string
	for _, code := range within(sorted, prefix, func(code string) string { return code }) {
		if !covered[code] && around(code, covered) {
			found = append(found, code)
		}
	}
	return found
}
