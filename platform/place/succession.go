package place

import (
	"slices"
	"strings"
)

// Move states that one place took over another. The codes are short.
type Move struct {
	// From is the code of the predecessor, To that of the successor. To has the same level or a higher one.
	From, To string
	// Keeps means that the places within keep their digits below the code: with 430523 -> 430583, 430523101 becomes
	// 430583101. It has no effect where the levels differ. A move of a place within takes precedence.
	Keeps bool
}

// follows reports whether the move also gives the successors of the places within.
func (m Move) follows() bool { return m.Keeps && len(m.From) == len(m.To) }

// Successions are the moves that are in force. They do not change. The zero value has no moves.
type Successions struct {
	from map[string]Move // by From
	by   []Move          // sorted by From
	to   []Move          // sorted by To
}

// New returns the successions that consist of these moves. If several have the same From, the first counts.
func New(moves ...Move) *Successions {
	s := &Successions{from: make(map[string]Move, len(moves))}
	for _, m := range moves {
		if _, twice := s.from[m.From]; !twice {
			s.from[m.From] = m
			s.by = append(s.by, m)
		}
	}
	s.to = slices.Clone(s.by)
	slices.SortFunc(s.by, func(a, b Move) int { return strings.Compare(a.From, b.From) })
	slices.SortStableFunc(s.to, func(a, b Move) int { return strings.Compare(a.To, b.To) })
	return s
}

// Empty reports whether there are no moves.
func (s *Successions) Empty() bool { return s == nil || len(s.by) == 0 }

// Moves returns the moves, sorted by From.
func (s *Successions) Moves() []Move {
	if s == nil {
		return nil
	}
	return slices.Clone(s.by)
}

// Current returns the short code that a place has today: the code itself if it was not taken over. If only the
// successor of a place around it is known, Current returns that: for a village whose county was merged, the new county.
func (s *Successions) Current(code string) string {
	at := Trim(code)
	if s.Empty() {
		return at
	}
	for range len(s.by) + 1 { // more steps mean a circle
		next, moved := s.step(at)
		if !moved {
			return at
		}
		at = next
	}
	return at
}

// step returns the successor of a place by the most specific move.
func (s *Successions) step(code string) (string, bool) {
	for l := Village; l >= Province; l-- {
		w := l.Width()
		if w > len(code) {
			continue
		}
		m, ok := s.from[code[:w]]
		switch {
		case !ok:
			continue
		case m.follows():
			return m.To + code[w:], true
		default:
			return m.To, true
		}
	}
	return "", false
}

// Circle returns the first move whose successor leads back into its predecessor, judged by the codes alone.
func (s *Successions) Circle() (Move, bool) {
	for _, m := range s.Moves() {
		at := m.To
		for range len(s.by) + 1 {
			if Within(at, m.From) {
				return m, true
			}
			next, moved := s.step(at)
			if !moved {
				break
			}
			at = next
		}
	}
	return Move{}, false
}

// predecessors returns the codes that an area took over directly.
func (s *Successions) predecessors(area string) []string {
	var found []string
	for _, m := range within(s.to, area, func(m Move) string { return m.To }) {
		found = append(found, m.From)
	}
	for l := Province; l.Width() < len(area); l++ {
		w := l.Width()
		for _, m := range exactly(s.to, area[:w]) {
			// A part of a successor is known if its digits were kept and no more specific move applies.
			was := m.From + area[w:]
			if next, _ := s.step(was); m.follows() && next == area {
				found = append(found, was)
			}
		}
	}
	return found
}

// within returns the elements whose key begins with area. sorted must be sorted by key.
func within[T any](sorted []T, area string, key func(T) string) []T {
	compare := func(e T, code string) int { return strings.Compare(key(e), code) }
	first, _ := slices.BinarySearchFunc(sorted, area, compare)
	last, _ := slices.BinarySearchFunc(sorted, area+":", compare) // ':' follows '9'
	return sorted[first:last]
}

// exactly returns the moves to this place itself.
func exactly(sorted []Move, to string) []Move {
	all := within(sorted, to, func(m Move) string { return m.To })
	n := slices.IndexFunc(all, func(m Move) bool { return m.To != to })
	if n < 0 {
		return all
	}
	return all[:n]
}
