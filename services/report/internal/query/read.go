package query

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// reader reads the rows of one query in a snapshot and adds them up.
type reader struct {
	*query
	plan

	q       database.Querier
	limit   int
	at      *rollup.Moment
	moves   *place.Successions
	classes map[int64]facts.Class
	all     []rollup.Class
	covered map[string]bool // whether the caller's grants cover a place and an organization
	scope   map[int64]bool  // the villages in scope, if only those count
	totals  totals
}

// read returns the rows of a query at a moment. It refuses a query for which it would have to read more than limit rows of a table.
func read(ctx context.Context, q database.Querier, asked *query, m *rollup.Moment, limit int) (totals, error) {
	r, err := newReader(ctx, q, asked, m, limit)
	if err != nil {
		return totals{}, err
	}
	r.all = slices.DeleteFunc(r.all, func(c rollup.Class) bool {
		return !asked.filter.CanMatch(func(field string) (string, bool) { return figure.ValueOf(c.Class, field), asked.ofClass(field) })
	})
	if len(r.all) == 0 || len(asked.stages) == 0 {
		return r.totals, nil
	}
	if err := r.sum(ctx); err != nil {
		return totals{}, err
	}
	return r.totals, r.count(ctx)
}

// newReader returns a reader of all classes of a query's source.
func newReader(ctx context.Context, q database.Querier, asked *query, m *rollup.Moment, limit int) (*reader, error) {
	moves, err := rollup.Successions(ctx, q, m)
	if err != nil {
		return nil, err
	}
	r := &reader{
		query: asked, plan: choose(asked, moves, m != nil), q: q, at: m, limit: limit, moves: moves,
		classes: map[int64]facts.Class{}, covered: map[string]bool{}, totals: newTotals(asked),
	}
	r.all, err = rollup.Classes(ctx, q, asked.source.Name, asked.campaign.GetName(), asked.campaign.GetScope(), "")
	for _, c := range r.all {
		r.classes[c.ID] = c.Class
	}
	if err == nil && asked.source.Scoped {
		err = r.loadScope(ctx)
	}
	return r, err
}

func (r *reader) loadScope(ctx context.Context) error {
	places, err := rollup.ScopeVillages(ctx, r.q, r.campaign.GetScope(), r.on, r.at)
	r.scope = make(map[int64]bool, len(places))
	for _, p := range places {
		r.scope[r.villageOf(p)] = true
	}
	return err
}

// ofClass reports whether a field is one of the class of a fact.
func (q *query) ofClass(field string) bool {
	_, isPlace := levelOf(field)
	return !isPlace && field != stageField && field != monthField && field != organizationField && !strings.HasPrefix(field, ofOrganization)
}

func (r *reader) portion(l facts.Level) rollup.Portion {
	return rollup.Portion{
		Classes: r.all, Stages: r.stages, Level: l, Within: r.within, Months: r.months, Organization: r.organization, Log: r.source.Log, At: r.at, Limit: r.limit + 1,
	}
}

// sum adds up the sums.
func (r *reader) sum(ctx context.Context) error {
	if r.sums == factsTable {
		return r.addFacts(ctx, r.portion(facts.Villages), func(i *item) {
			r.totals.addSum(i)
			r.addMember(i)
		})
	}
	rows, err := rollup.Sums(ctx, r.q, r.portion(r.level))
	if err != nil {
		return err
	}
	return r.addRows(rows, r.level, r.totals.addSum)
}

// count adds up the distinct counts, if they are not from the facts of the sums.
func (r *reader) count(ctx context.Context) error {
	if r.sums == factsTable {
		return nil
	}
	switch r.counts {
	case reachesTable:
		rows, err := rollup.Reaches(ctx, r.q, r.portion(r.level), r.slice, r.dimension)
		if err != nil {
			return err
		}
		return r.addRows(rows, r.level, r.totals.addReach)
	case membersTable:
		l := facts.Slices()[0].Levels[0]
		rows, err := rollup.Members(ctx, r.q, r.portion(l), r.dimension)
		if err != nil {
			return err
		}
		return r.addRows(rows, l, func(i *item) { r.totals.addMember(i, i.Member) })
	case factsTable:
		return r.addFacts(ctx, r.portion(facts.Villages), r.addMember)
	default:
		return nil
	}
}

// addMember adds the member of a fact.
func (r *reader) addMember(i *item) {
	switch {
	case r.dimension == facts.Organization && i.Organization != "":
		r.totals.addMember(i, i.Organization)
	case r.dimension == facts.Village && i.Village != 0:
		r.totals.addMember(i, strconv.FormatInt(i.Village, 10))
	}
}

// addFacts reads facts and adds them.
func (r *reader) addFacts(ctx context.Context, p rollup.Portion, add func(*item)) error {
	rows, err := rollup.Facts(ctx, r.q, p)
	if err != nil {
		return err
	}
	return r.addFactRows(ctx, rows, add)
}

// addFactRows adds facts that were read.
func (r *reader) addFactRows(ctx context.Context, rows []rollup.Part, add func(*item)) (err error) {
	holders := map[string]facts.Class{}
	if r.organizations {
		for _, row := range rows {
			holders[row.Organization] = facts.Class{}
		}
		if holders, err = rollup.OrganizationClasses(ctx, r.q, slices.Sorted(maps.Keys(holders)), r.at); err != nil {
			return err
		}
	}
	return r.addRows(rows, facts.Villages, func(i *item) {
		if r.at != nil { // the stored village is the present one
			i.Village = r.villageOf(i.Place)
		}
		i.holder = holders[i.Organization]
		if r.filter.Matches(i.value) {
			add(i)
		}
	})
}

// villageOf returns the village that took over a village by the reader's moment; 0 if the place is no village.
func (r *reader) villageOf(at int64) int64 {
	if at%int64(facts.Townships) == 0 {
		return 0
	}
	now := r.moves.Current(strconv.FormatInt(at, 10))
	if n, err := strconv.ParseInt(now, 10, 64); err == nil && len(now) == place.Digits {
		return n
	}
	return at
}

// addRows adds the rows that the caller may read and the filter selects, in each stage in which they count.
func (r *reader) addRows(rows []rollup.Part, l facts.Level, add func(*item)) error {
	if len(rows) > r.limit {
		return r.tooMany()
	}
	for _, row := range rows {
		i := &item{Part: row, class: r.classes[row.Class]}
		i.code = place.Pad(strconv.FormatInt(row.Place*int64(l), 10))
		if !r.covers(i) || r.scope != nil && !r.scope[r.villageOf(row.Place)] {
			continue
		}
		i.now = i.code
		if r.places {
			i.now = r.moves.Current(place.Trim(i.code))
		}
		for _, i.stage = range r.stages {
			if row.Stages.Has(i.stage) && (l == facts.Villages || r.filter.Matches(i.value)) {
				add(i)
			}
		}
	}
	return nil
}

// tooMany refuses a query that would read more rows than the limit.
func (r *reader) tooMany() error {
	return fault.Precondition(r.campaign.GetName(), "TOO_MANY_ROWS",
		"has more than %d rows for this query; narrow the filter by action, indicator, measure, organization or a smaller place, or group by fewer fields", r.limit)
}

// covers reports whether one of the caller's grants covers a row.
func (r *reader) covers(i *item) bool {
	key := i.code + i.Organization
	covered, known := r.covered[key]
	if !known {
		covered = r.by.Covers(i.code, i.Organization)
		r.covered[key] = covered
	}
	return covered
}
