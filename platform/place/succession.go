package place

import (
	"slices"
	"strings"
)

// Move says that one place took over another. The codes are short.
type Move struct {
	// From is the predecessor's code, To the successor's. To is of the same level or of a higher one.
	From, To string
	// Keeps says that the places within kept their digits below the code: with 430523 -> 430583 also 430523101 -> 430583101.
	// It has no effect where the levels differ. A move of a place within is an exception to it.
	Keeps bool
}

// follows reports whether the places within the predecessor are known within the successor.
func (m Move) follows() bool { return m.Keeps && len(m.From) == len(m.To) }

// Successions are the moves that are in force. They do not change. The zero value has none.
type Successions struct {
	from map[string]Move // by From
	by   []Move          // sorted by From
	to   []Move          // sorted by To
}

// New returns the successions that consist of these moves. Of several with one From the first counts.
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

// Moves are the moves, sorted by From.
func (s *Successions) Moves() []Move {
	if s == nil {
		return nil
	}
	return slices.Clone(s.by)
}

// Current is the short code that a place has today: the code itself if nothing took it over. Where it is only known what
// took over a place around it, that is the answer: the county of a village whose county was merged.
func (s *Successions) Current(code string) string {
	at := Trim(code)
	if s.Empty() {
		return at
	}
	for range len(s.by) + 1 { // more steps would be a circle
		next, moved := s.step(at)
		if !moved {
			return at
		}
		at = next
	}
	return at
}

// step is what took over a place by the most specific move.
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

// Circle is the first of the moves from whose successor one comes back into its predecessor, by the codes alone.
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

// predecessors lists what an area directly took over.
func (s *Successions) predecessors(area string) []string {
	var found []string
	for _, m := range within(s.to, area, func(m Move) string { return m.To }) {
		found = append(found, m.From)
	}
	for l := Province; l.Width() < len(area); l++ {
		w := l.Width()
		for _, m := range exactly(s.to, area[:w]) {
			// A part of a successor is known if its digits were kept, and if nothing more specific says otherwise.
			was := m.From + area[w:]
			if next, _ := s.step(was); m.follows() && next == area {
				found = append(found, was)
			}
		}
	}
	return found
}

// within are the elements whose key begins with an area, of those that are sorted by the key.
func within[T any](sorted []T, area string, key func(T) string) []T {
	compare := func(e T, code string) int { return strings.Compare(key(e), code) }
	first, _ := slices.BinarySearchFunc(sorted, area, compare)
	last, _ := slices.BinarySearchFunc(sorted, area+":", compare) // ':' follows '9'
	return sorted[first:last]
}

// exactly are the moves to a place itself.
func exactly(sorted []Move, to string) []Move {
	all := within(sorted, to, func(m Move) string { return m.To })
	n := slices.IndexFunc(all, func(m Move) bool { return m.To != to })
	if n < 0 {
		return all
	}
	return all[:n]
}
