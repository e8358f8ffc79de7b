package succession

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/place"
)

// maxParts is the maximum number of parts in the territory of a township or a county. A list that is limited to the
// territory has one condition for each part.
const maxParts = 200

// world holds the facts from other resources that the rules need.
type world struct {
	divisions   map[string]*villagev1.Division // the divisions of the successions, by resource name
	successions *place.Successions             // as they are after the write
	circular    string                         // the predecessor of a succession in a cycle, "" if there is no cycle
	by          access.Principal
	parts       map[string]int // number of parts of the territories counted so far, by area
}

// newWorld returns the world with these moves in force.
func newWorld(divisions map[string]*villagev1.Division, moves []place.Move, by access.Principal) *world {
	w := &world{divisions: divisions, successions: place.New(moves...), by: by, parts: map[string]int{}}
	if m, found := w.successions.Circle(); found {
		w.circular = m.From
	}
	return w
}

// Validate checks the rules that every succession satisfies: predecessor and successor are divisions, and one can
// follow the other.
func Validate(s *villagev1.Succession) error {
	from, to := access.AreaOf(s.GetPredecessor()), access.AreaOf(s.GetSuccessor())
	switch {
	case from == "":
		return fault.Invalid("predecessor", "NOT_A_DIVISION", "must be the name of a division")
	case to == "":
		return fault.Invalid("successor", "NOT_A_DIVISION", "must be the name of a division")
	case place.LevelOf(to) > place.LevelOf(from):
		return fault.Invalid("successor", "LOWER_LEVEL", "must not be of a lower level than the predecessor; if the predecessor was divided, give each part a succession of its own")
	case place.Within(from, to) || place.Within(to, from):
		return fault.Invalid("successor", "SAME_PLACE", "must not be the predecessor or hold it already")
	case s.GetKind() == villagev1.Succession_RENAME && place.LevelOf(from) != place.LevelOf(to):
		return fault.Invalid("successor", "OTHER_LEVEL", "must be of the level of the predecessor, since the kind is RENAME")
	}
	return nil
}

// move converts a succession to the form that grants and figures follow.
func move(s *villagev1.Succession) place.Move {
	return place.Move{From: access.AreaOf(s.GetPredecessor()), To: access.AreaOf(s.GetSuccessor()), Keeps: keeps(s)}
}

// keeps reports whether the divisions within the predecessor kept the last digits of their codes.
func keeps(s *villagev1.Succession) bool {
	switch s.GetKind() {
	case villagev1.Succession_RENAME, villagev1.Succession_TRANSFER:
		return place.LevelOf(access.AreaOf(s.GetPredecessor())) == place.LevelOf(access.AreaOf(s.GetSuccessor()))
	default:
		return false
	}
}

// Record sets the derived fields of a succession. It refuses a succession that does not fit the editions, the other
// successions, or the caller's area. Of a withdrawn succession, it checks only the area.
func (w *world) Record(s *villagev1.Succession) error {
	s.DigitsKept = keeps(s)
	if !w.by.Covers(s.GetSuccessor(), "") {
		return fault.Denied("OUTSIDE_AREA", "successor: %s lies outside the caller's area", s.GetSuccessor())
	}
	if s.GetWithdrawn() {
		return nil
	}
	if err := w.ended(s.GetPredecessor()); err != nil {
		return err
	}
	if err := w.goesOn(s.GetSuccessor()); err != nil {
		return err
	}
	m := move(s)
	if m.From == w.circular {
		return fault.Precondition(s.GetSuccessor(), "CIRCLE", "the successions from %s lead back to %s", s.GetSuccessor(), s.GetPredecessor()).At("successor")
	}
	return w.compact(s, m.To)
}

// ended refuses a predecessor that is in no edition or that is not retired.
func (w *world) ended(predecessor string) error {
	switch d := w.divisions[predecessor]; {
	case d == nil:
		return fault.Precondition(predecessor, "DIVISION_UNKNOWN", "no imported edition holds %s", predecessor).At("predecessor")
	case d.GetValidTo() == nil:
		return fault.Precondition(predecessor, "DIVISION_NOT_RETIRED", "%s is not retired; import the edition that ends it first", predecessor).At("predecessor")
	}
	return nil
}

// goesOn refuses a successor that is in no edition, or that is retired and has no successor of its own.
func (w *world) goesOn(successor string) error {
	switch d := w.divisions[successor]; {
	case d == nil:
		return fault.Precondition(successor, "DIVISION_UNKNOWN", "no imported edition holds %s", successor).At("successor")
	case d.GetValidTo() == nil:
		return nil
	}
	if code := access.AreaOf(successor); w.successions.Current(code) == code {
		return fault.Precondition(successor, "DIVISION_RETIRED", "%s is retired, and no succession says what became of it", successor).At("successor")
	}
	return nil
}

// compact refuses a succession that would divide the territory of a township or county into more than maxParts parts.
func (w *world) compact(s *villagev1.Succession, area string) error {
	for ; place.LevelOf(area) >= place.County; area = place.Parent(area) {
		n, counted := w.parts[area]
		if !counted {
			n = len(w.successions.Territory(area))
			w.parts[area] = n
		}
		if n > maxParts {
			return fault.Precondition(s.GetSuccessor(), "TERRITORY_SCATTERED",
				"the territory of %s would have %d parts, and %d is the limit; name townships or counties where they moved whole", area, n, maxParts).At("successor")
		}
	}
	return nil
}
