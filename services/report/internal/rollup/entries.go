package rollup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// Selection says which facts make up a figure.
type Selection struct {
	Campaign  string
	Slice     figure.Slice
	Confirmed bool // only those that villages confirmed
}

// Entry is a fact as part of a figure.
type Entry struct {
	Name, Organization, Village string
	Position, Revision          int64
	Date                        *date.Date
	State                       actionv1.Delivery_State
	Measure                     actionv1.Delivery_Measure
	Sum                         figure.Sum
	// First says that no fact of the selection before it is of the same organization. It is told of the Whole slice and of
	// OfProvinces alone, where an index finds the one before; organizations of other slices make up no figure.
	First bool
}

type entryRow struct {
	fact
	Earlier bool `db:"earlier"`
}

// Entries are the facts of a selection whose position is greater than after, in the order of the journal.
func Entries(ctx context.Context, q database.Querier, s Selection, after int64, limit int) ([]Entry, error) {
	where, args := s.where("f")
	query := fmt.Sprintf(`SELECT %s, %s AS earlier
		FROM facts f WHERE %s AND f.position > $%d ORDER BY f.position LIMIT $%d`, factColumns, s.earlier(), where, len(args)+1, len(args)+2)
	rows, err := database.All[entryRow](ctx, q, query, append(args, after, limit)...)
	if err != nil {
		return nil, fmt.Errorf("load entries: %w", err)
	}
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = r.entry()
	}
	return out, nil
}

// earlier is the condition that the selection has a fact of the same organization before f.
func (s Selection) earlier() string {
	if s.Slice != figure.Whole && s.Slice != figure.OfProvinces {
		return "true"
	}
	same, _ := s.where("e")
	return "EXISTS (SELECT 1 FROM facts e WHERE " + same + " AND e.organization = f.organization AND e.position < f.position)"
}

func (r entryRow) entry() Entry {
	return Entry{
		Name: r.Name, Organization: r.Organization, Village: villageName(r.Village),
		Position: r.Position, Revision: r.Revision, Date: day.Day(r.Day).Date(),
		State: actionv1.Delivery_State(r.State), Measure: actionv1.Delivery_Measure(r.Measure),
		Sum: figure.Sum{Deliveries: 1, Quantity: r.Quantity, Fen: r.Fen}, First: !r.Earlier,
	}
}

// LastTouched is the highest position among the facts of a selection, confirmed or void or not. Together with the
// selection's total it changes whenever an entry changes what is selected: an entry that puts something in or changes it
// has the highest position of all, and one that only takes something out changes the number of deliveries. Where those
// are not counted, any change of the campaign counts as one.
func LastTouched(ctx context.Context, q database.Querier, s Selection) (int64, error) {
	if s.Slice == figure.OfProvinces {
		s.Slice = figure.Whole
	}
	where, args := s.ofSlice("f")
	p, err := database.One[int64](ctx, q, "SELECT COALESCE(MAX(f.position), 0) FROM facts f WHERE "+where, args...)
	if err != nil {
		return 0, fmt.Errorf("find last entry: %w", err)
	}
	return p, nil
}

// where is the condition on facts under an alias.
func (s Selection) where(alias string) (string, []any) {
	condition, args := s.ofSlice(alias)
	if s.Confirmed {
		return fmt.Sprintf("%s AND %s.state = %d", condition, alias, confirmed), args
	}
	return fmt.Sprintf("%s AND %s.state <> %d", condition, alias, void), args
}

func (s Selection) ofSlice(alias string) (string, []any) {
	condition := alias + ".campaign = $1"
	kind, value, _ := strings.Cut(string(s.Slice), "/")
	switch kind {
	case "indicator", "action":
		return fmt.Sprintf("%s AND %s.%s = $2", condition, alias, kind), []any{s.Campaign, value}
	case "measure":
		number, _ := strconv.ParseInt(value, 10, 64) // figure.OfMeasure wrote it
		return fmt.Sprintf("%s AND %s.measure = $2", condition, alias), []any{s.Campaign, number}
	case string(figure.OfProvinces):
		return condition + " AND " + byProvince(alias+".organization"), []any{s.Campaign}
	case "value":
		return fmt.Sprintf("%s AND %s.measure <> 0", condition, alias), []any{s.Campaign}
	default:
		return condition, []any{s.Campaign}
	}
}
