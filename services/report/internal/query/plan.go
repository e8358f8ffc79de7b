package query

import (
	"slices"
	"strconv"
	"strings"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// table is a stored table that a query reads.
type table int

// The tables, from the smallest to the largest.
const (
	noTable table = iota
	reachesTable
	sumsTable
	membersTable
	factsTable
)

// plan is the choice of tables for a query.
type plan struct {
	// sums and counts are the tables of the sums and of the distinct counts.
	sums, counts table
	// slice is the slice of the distinct counts in reaches.
	slice string
	// level is the coarsest level at which the fields and the caller's areas tell all places apart.
	level facts.Level
	// places reports whether fields use places.
	places bool
	// organizations reports whether fields use the own facts of organizations.
	organizations bool
	within        []rollup.Range
	months        rollup.Range
	organization  string
}

// choose plans a query. moves are the successions of divisions. past reports whether the query is about an earlier
// moment, which only facts can tell.
func choose(q *query, moves *place.Successions, past bool) plan {
	p := plan{sums: sumsTable, level: facts.Everywhere, months: monthsOf(q), organization: onlyOrganization(q)}
	single := q.used[organizationField]
	for field := range q.used {
		if l, ok := levelOf(field); ok {
			p.level, p.places = min(p.level, l), true
		}
		p.organizations = p.organizations || strings.HasPrefix(field, ofOrganization)
	}
	areas, bound := narrowing(q.by)
	for _, prefix := range areas {
		p.level = min(p.level, levelOfWidth(len(prefix)))
	}
	p.within = within(q, areas, moves)
	// Sums and counts are stored by home. A grant for a code that another one took over covers the old places of facts.
	replaced := len(areas) > 0 && !moves.Empty()
	if past || q.source.Scoped || single || p.organizations || bound || replaced || p.level == facts.Villages {
		p.sums = factsTable
	}
	p.counts = p.countsFrom(q)
	return p
}

// countsFrom returns the smallest table with the members of a query, and sets the slice.
func (p *plan) countsFrom(q *query) table {
	if q.dimension == "" {
		return noTable
	}
	if p.sums == factsTable {
		return factsTable
	}
	for _, s := range facts.Slices()[1:] {
		if p.declared(q, s) {
			p.slice = s.Name
			return reachesTable
		}
	}
	if !q.used[monthField] && p.level >= facts.Slices()[0].Levels[0] {
		return membersTable
	}
	return factsTable
}

// declared reports whether a slice counts exactly the rows of a query: it separates the fields by which the query
// groups, and the query's filter and the caller's areas only select among those rows.
func (p *plan) declared(q *query, s facts.Slice) bool {
	if s.Valued || !slices.Contains(s.Levels, p.level) {
		return false
	}
	for _, field := range q.filter.Fields() {
		if field != stageField && !slices.Contains(q.group, field) {
			return false
		}
	}
	separated := 0
	placed := p.level == facts.Everywhere
	for _, field := range q.group {
		l, isPlace := levelOf(field)
		switch {
		case field == stageField:
		case isPlace:
			placed = placed || l == p.level
		case slices.Contains(s.By, facts.Column(field)):
			separated++
		default:
			return false
		}
	}
	return placed && separated == len(s.By)
}

// narrowing returns the prefixes of codes that the caller's grants tell apart, and whether grants are bound to
// organizations. A grant without any limit makes all others irrelevant.
func narrowing(by access.Principal) (prefixes []string, bound bool) {
	for _, g := range by.Grants {
		if g.GetArea() == "" && g.GetOrganization() == "" {
			return nil, false
		}
		bound = bound || g.GetOrganization() != ""
		for _, part := range access.Parts(g) {
			prefixes = append(append(prefixes, part.GetPrefix()), part.GetExcept()...)
		}
	}
	return prefixes, bound
}

// within returns the places that a query can select: those of a place in its filter, or of the caller's areas.
func within(q *query, areas []string, moves *place.Successions) []rollup.Range {
	for _, field := range []string{"village", "township", "county", "prefecture", "province"} {
		if low, high := q.filter.Range(field); low != "" && low == high {
			var ranges []rollup.Range
			for _, part := range moves.Territory(access.AreaOf(low)) {
				ranges = append(ranges, rangeOf(part.Prefix))
			}
			return ranges
		}
	}
	if len(areas) == 0 || slices.ContainsFunc(q.by.Grants, func(g *accessv1.Grant) bool { return g.GetArea() == "" }) {
		return nil
	}
	var ranges []rollup.Range
	for _, g := range q.by.Grants {
		for _, part := range access.Parts(g) {
			ranges = append(ranges, rangeOf(part.GetPrefix()))
		}
	}
	return ranges
}

// rangeOf returns the full codes that begin with a prefix.
func rangeOf(prefix string) rollup.Range {
	from, err := strconv.ParseInt(place.Pad(prefix), 10, 64)
	if err != nil {
		return rollup.Range{}
	}
	return rollup.Range{From: from, To: from + int64(levelOfWidth(len(prefix))) - 1}
}

// levelOfWidth returns the level of the codes with some digits.
func levelOfWidth(digits int) facts.Level {
	l := facts.Level(1)
	for range place.Digits - digits {
		l *= 10
	}
	return l
}

// monthsOf returns the months that the filter can select.
func monthsOf(q *query) rollup.Range {
	months := rollup.Range{To: 999912}
	low, high := q.filter.Range(monthField)
	if n, err := strconv.ParseInt(strings.Replace(low, "-", "", 1), 10, 64); err == nil {
		months.From = n
	}
	if n, err := strconv.ParseInt(strings.Replace(high, "-", "", 1), 10, 64); err == nil {
		months.To = n
	}
	return months
}

// onlyOrganization returns the USCC of the one organization whose facts the query can select, or "".
func onlyOrganization(q *query) string {
	if low, high := q.filter.Range(organizationField); low != "" && low == high {
		return access.OrganizationOf(low)
	}
	only := ""
	for _, g := range q.by.Grants {
		if g.GetOrganization() == "" || only != "" && g.GetOrganization() != only {
			return ""
		}
		only = g.GetOrganization()
	}
	return only
}
