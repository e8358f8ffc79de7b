package rollup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// fact is a row of facts.
type fact struct {
	Name         string       `db:"name"`
	Revision     int64        `db:"revision"`
	Part         int64        `db:"part"`
	Since        int64        `db:"since"`
	Until        int64        `db:"until"`
	Class        int64        `db:"class"`
	Stages       facts.Stages `db:"stages"`
	Place        int64        `db:"place"`
	Day          int64        `db:"day"`
	LastDay      int64        `db:"last_day"`
	N            int64        `db:"n"`
	Quantity     int64        `db:"quantity"`
	Fen          int64        `db:"fen"`
	Organization string       `db:"organization"`
	Home         int64        `db:"home"`
	Village      int64        `db:"village"`

	of      facts.Class    // the class with the id Class; zero in a loaded fact
	members []facts.Member // empty in a loaded fact until loadMembers
}

const factColumns = "name, revision, part, since, until, class, stages, place, day, last_day, n, quantity, fen, organization, home, village"

// newFact returns the row of a new fact, without its home and village.
func newFact(s facts.Source, f facts.Fact, name string, revision, part, position int64) fact {
	class := facts.ClassOf(s.Name, f)
	return fact{
		Name: name, Revision: revision, Part: part, Since: position, Until: facts.Open, Class: class.ID(), Stages: f.Stages, Place: f.Place,
		Day: int64(f.Day), LastDay: int64(f.Until), N: f.Count, Quantity: f.Quantity, Fen: f.Fen, Organization: f.Organization,
		of: class, members: f.Members,
	}
}

func (f fact) values() []any {
	return []any{
		f.Name, f.Revision, f.Part, f.Since, f.Until, f.Class, int64(f.Stages), f.Place, f.Day, f.LastDay, f.N, f.Quantity, f.Fen, f.Organization,
		f.Home, f.Village,
	}
}

var (
	intoFacts       = database.Into("facts", strings.Split(factColumns, ", ")...)
	intoFactMembers = database.Into("fact_members", "name", "revision", "part", "dimension", "member")
)

// The number of names in a lookup statement is a power of two between these, so that few different statements are
// prepared.
const (
	minLookup = 16
	maxLookup = 128
)

// lookUp loads the rows of a table for some names, in portions. query contains %s in place of the list of parameters.
func lookUp[T any](ctx context.Context, q database.Querier, query string, names []string) ([]T, error) {
	var all []T
	for part := range slices.Chunk(names, maxLookup) {
		n := minLookup
		for n < len(part) {
			n *= 2
		}
		args, marks := make([]any, n), make([]string, n)
		for i := range n {
			args[i], marks[i] = part[min(i, len(part)-1)], "$"+strconv.Itoa(i+1)
		}
		rows, err := database.All[T](ctx, q, fmt.Sprintf(query, strings.Join(marks, ", ")), args...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// openFacts returns the facts of some resources that no later revision has replaced, by resource name.
func openFacts(ctx context.Context, q database.Querier, names []string) (map[string][]fact, error) {
	rows, err := lookUp[fact](ctx, q, "SELECT "+factColumns+" FROM facts WHERE name IN (%s) AND until = "+strconv.FormatInt(facts.Open, 10), names)
	if err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	out := make(map[string][]fact, len(names))
	for _, f := range rows {
		out[f.Name] = append(out[f.Name], f)
	}
	return out, nil
}

type factMember struct {
	Name      string          `db:"name"`
	Revision  int64           `db:"revision"`
	Part      int64           `db:"part"`
	Dimension facts.Dimension `db:"dimension"`
	Member    string          `db:"member"`
}

// loadMembers sets the members of loaded facts.
func loadMembers(ctx context.Context, q database.Querier, of map[string][]fact, names []string) error {
	rows, err := lookUp[factMember](ctx, q, "SELECT name, revision, part, dimension, member FROM fact_members WHERE name IN (%s)", names)
	if err != nil {
		return fmt.Errorf("load members of facts: %w", err)
	}
	for _, m := range rows {
		for i := range of[m.Name] {
			if f := &of[m.Name][i]; f.Revision == m.Revision && f.Part == m.Part {
				f.members = append(f.members, facts.Member{Dimension: m.Dimension, ID: m.Member})
			}
		}
	}
	return nil
}
