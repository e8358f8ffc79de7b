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

// edition is a state of the division codes, as a request imports it. Each division is completed with the level and the
// parent from its code.
type edition struct {
	label     string // its reference date as text; editions are ordered by it
	day       *date.Date
	complete  bool
	divisions []*villagev1.Division // in the order of the request
	rows      map[string]int        // row by the name of the division
}

// readEdition checks the rows of a request against their codes and each other, and returns all their errors.
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

// complete returns the division of a row, with the name, level and parent that follow from its code.
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

// check refuses an edition that does not fit the stored divisions of its provinces.
func (e *edition) check(stored map[string]*villagev1.Division) error {
	if err := e.checkOrder(stored); err != nil {
		return err
	}
	return e.checkParents(stored)
}

// checkOrder refuses an edition that is older than one that was imported.
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

// checkParents refuses divisions without a parent. The parent of a division in a complete edition must be in the same
// edition, because the import retires all other divisions.
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

// difference holds the divisions that an edition changes.
type difference struct {
	created []*villagev1.Division
	updated []*villagev1.Division
	retired []*villagev1.Division
}

// compare returns what an edition changes in the stored divisions of its provinces. It does not modify the messages in
// stored.
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

// enter sets the edition and the first day of a new division.
func (e *edition) enter(d *villagev1.Division) {
	d.Edition, d.ValidFrom = e.label, e.day
}

func (e *edition) restate(old, d *villagev1.Division) *villagev1.Division {
	m := proto.CloneOf(old)
	m.DisplayName, m.DisplayNameEn, m.Kind = d.GetDisplayName(), d.GetDisplayNameEn(), d.GetKind()
	m.Edition, m.ValidTo = e.label, nil
	return m
}

// retire returns the stored divisions that are missing in the edition, with their end set, sorted by name.
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

// provinces returns the code prefixes of the provinces in an edition, sorted.
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

// levels counts the divisions of each level.
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
