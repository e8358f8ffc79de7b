package division

import (
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// edition is a state of the division codes that a request brings, each division completed with what its code tells.
type edition struct {
	label     string // its reference date as text, which also orders editions
	day       *date.Date
	complete  bool
	divisions []*villagev1.Division // in the order of the request
	rows      map[string]int        // name of a division to its row
}

// readEdition checks a request's rows against their codes and each other, and says all that is wrong with them.
func readEdition(r *villagev1.ImportDivisionsRequest) (*edition, error) {
	on, err := day.Parse(r.GetEdition())
	if err != nil {
		return nil, fault.Invalid("edition", "NOT_A_DAY", "must be a day of the calendar, such as 2020-06-30")
	}
	e := &edition{
		label:     r.GetEdition(),
		day:       on.Date(),
		complete:  r.GetComplete(),
		divisions: make([]*villagev1.Division, len(r.GetDivisions())),
		rows:      make(map[string]int, len(r.GetDivisions())),
	}
	var wrong fault.Collector
	for i, given := range r.GetDivisions() {
		d := complete(given)
		disagreements(given, d, wrong.Row("divisions", i))
		if _, twice := e.rows[d.GetName()]; twice {
			wrong.Row("divisions", i).Add("code", "DUPLICATE", "is the code of an earlier row as well")
			continue
		}
		e.divisions[i], e.rows[d.GetName()] = d, i
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return e, nil
}

// complete makes a division of what a row states and its code tells.
func complete(given *villagev1.Division) *villagev1.Division {
	return &villagev1.Division{
		Name:          NameOf(given.GetCode()),
		Code:          given.GetCode(),
		DisplayName:   given.GetDisplayName(),
		DisplayNameEn: given.GetDisplayNameEn(),
		Level:         LevelOf(given.GetCode()),
		Parent:        parentOf(given.GetCode()),
		Kind:          given.GetKind(),
	}
}

func disagreements(given, d *villagev1.Division, wrong *fault.Collector) {
	if l := given.GetLevel(); l != villagev1.Division_LEVEL_UNSPECIFIED && l != d.GetLevel() {
		wrong.Add("level", "LEVEL_DISAGREES_WITH_CODE", "must be %s, as the code says", d.GetLevel())
	}
	switch p := given.GetParent(); {
	case p == "" || p == d.GetParent():
	case d.GetParent() == "":
		wrong.Add("parent", "PARENT_DISAGREES_WITH_CODE", "must be empty, since the code is that of a province")
	default:
		wrong.Add("parent", "PARENT_DISAGREES_WITH_CODE", "must be the division above, whose code the own one begins with")
	}
}

// check refuses an edition that does not fit what is stored of its provinces.
func (e *edition) check(stored map[string]*villagev1.Division) error {
	if err := e.checkOrder(stored); err != nil {
		return err
	}
	return e.checkParents(stored)
}

// checkOrder refuses an edition that would turn the tree back to what was before.
func (e *edition) checkOrder(stored map[string]*villagev1.Division) error {
	var latest string
	for _, d := range stored {
		latest = max(latest, d.GetEdition())
	}
	if e.label < latest {
		return fault.Precondition("divisions", "LATER_EDITION_IMPORTED", "the edition of %s was imported, which is later than %s", latest, e.label).At("edition")
	}
	return nil
}

// checkParents refuses divisions that would hang in the air. In a complete edition the parent must be in the edition,
// because whatever else is stored is about to be retired.
func (e *edition) checkParents(stored map[string]*villagev1.Division) error {
	var wrong fault.Collector
	for i, d := range e.divisions {
		if _, given := e.rows[d.GetParent()]; given || d.GetParent() == "" {
			continue
		}
		if above := stored[d.GetParent()]; above != nil && !retired(above) && !e.complete {
			continue
		}
		wrong.Row("divisions", i).Add("parent", "PARENT_UNKNOWN", "is neither in this edition nor among the divisions that are not retired")
	}
	return wrong.Err()
}

// difference is what an edition changes.
type difference struct {
	created []*villagev1.Division
	updated []*villagev1.Division
	retired []*villagev1.Division
}

// compare finds what an edition changes in what is stored of its provinces. The messages of stored are not changed.
func (e *edition) compare(stored map[string]*villagev1.Division) difference {
	var diff difference
	for _, d := range e.divisions {
		old := stored[d.GetName()]
		switch {
		case old == nil:
			diff.created = append(diff.created, d)
		case retired(old) || !sameStatement(old, d):
			diff.updated = append(diff.updated, e.restate(old, d))
		}
	}
	if e.complete {
		diff.retired = e.retire(stored)
	}
	return diff
}

// enter gives a new division its first state.
func (e *edition) enter(d *villagev1.Division) {
	d.Edition, d.ValidFrom = e.label, e.day
}

func (e *edition) restate(old, d *villagev1.Division) *villagev1.Division {
	m := proto.CloneOf(old)
	m.DisplayName, m.DisplayNameEn, m.Kind = d.GetDisplayName(), d.GetDisplayNameEn(), d.GetKind()
	m.Edition, m.ValidTo = e.label, nil
	return m
}

// retire ends the stored divisions that the edition no longer holds, in the order of their names.
func (e *edition) retire(stored map[string]*villagev1.Division) []*villagev1.Division {
	var gone []*villagev1.Division
	for name, old := range stored {
		if _, held := e.rows[name]; held || retired(old) {
			continue
		}
		m := proto.CloneOf(old)
		m.Edition, m.ValidTo = e.label, e.day
		gone = append(gone, m)
	}
	slices.SortFunc(gone, func(a, b *villagev1.Division) int { return strings.Compare(a.GetName(), b.GetName()) })
	return gone
}

func sameStatement(a, b *villagev1.Division) bool {
	return a.GetDisplayName() == b.GetDisplayName() && a.GetDisplayNameEn() == b.GetDisplayNameEn() && a.GetKind() == b.GetKind()
}

// provinces are the prefixes of the provinces that an edition speaks of, in order.
func (e *edition) provinces() []string {
	var all []string
	for _, d := range e.divisions {
		if p := provinceOf(d.GetCode()); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// levels counts the divisions of every level.
func (e *edition) levels() []*villagev1.LevelCount {
	var counts []*villagev1.LevelCount
	for l := villagev1.Division_PROVINCE; l <= villagev1.Division_VILLAGE; l++ {
		counts = append(counts, &villagev1.LevelCount{Level: l})
	}
	for _, d := range e.divisions {
		counts[d.GetLevel()-1].Count++
	}
	return counts
}
