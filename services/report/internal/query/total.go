package query

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// totals are the rows of a query by the values of its fields.
type totals struct {
	query *query
	units map[string]string // by indicator
	rows  map[string]*total
}

// total is a row of a query.
type total struct {
	values     []string
	count      int64
	quantities map[string]int64 // by unit; without zeros
	fen        map[facts.Measure]int64
	members    map[string]bool
	reach      int64 // a stored distinct count
}

func newTotals(q *query) totals {
	t := totals{query: q, units: map[string]string{}, rows: map[string]*total{}}
	for _, i := range q.campaign.GetIndicators() {
		t.units[i.GetId()] = i.GetUnit()
	}
	return t
}

// row returns the row to which an item belongs.
func (t totals) row(i *item) *total {
	values := make([]string, len(t.query.group))
	for n, field := range t.query.group {
		values[n] = i.value(field)
	}
	key := strings.Join(values, "\x00")
	if t.rows[key] == nil {
		t.rows[key] = &total{values: values, quantities: map[string]int64{}, fen: map[facts.Measure]int64{}, members: map[string]bool{}}
	}
	return t.rows[key]
}

// addSum adds the numbers of an item.
func (t totals) addSum(i *item) {
	row := t.row(i)
	row.count += i.N
	row.fen[i.class.Measure] += i.Fen
	if i.Quantity != 0 {
		row.quantities[t.unit(i.class)] += i.Quantity
	}
}

// unit returns the unit of the quantities of a class.
func (t totals) unit(c facts.Class) string {
	if c.Indicator != "" {
		return t.units[c.Indicator]
	}
	return figure.ValueOf(c, "unit")
}

func (t totals) addMember(i *item, member string) { t.row(i).members[member] = true }

func (t totals) addReach(i *item) { t.row(i).reach = i.N }

// sorted returns the rows in the order of the query.
func (t totals) sorted() ([]*total, error) {
	rows := make([]*total, 0, len(t.rows))
	units := map[string]bool{}
	for _, row := range t.rows {
		rows = append(rows, row)
		for unit := range row.quantities {
			units[unit] = true
		}
	}
	if len(units) > 1 && slices.ContainsFunc(t.query.order, func(o orderTerm) bool { return o.field == byQuantity }) {
		return nil, fault.Invalid("order_by", "UNITS_DIFFER", "compares quantities of different units; narrow the filter to indicators of one unit")
	}
	slices.SortFunc(rows, func(a, b *total) int {
		for _, o := range t.query.order {
			c := t.compare(a, b, o.field)
			if o.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return rows, nil
}

func (t totals) compare(a, b *total, field string) int {
	if n := slices.Index(t.query.group, field); n >= 0 {
		return cmp.Compare(a.values[n], b.values[n])
	}
	return cmp.Compare(a.number(field), b.number(field))
}

// number returns the number by which rows are ordered.
func (r *total) number(field string) (n int64) {
	switch field {
	case byCount:
		return r.count
	case byQuantity:
		for _, q := range r.quantities {
			n += q // at most one
		}
		return n
	case byMembers:
		return r.different()
	case "cash_fen":
		return r.fen[facts.Cash]
	case "goods_fen":
		return r.fen[facts.Goods]
	default:
		return r.fen[facts.Services]
	}
}

// different returns the number of different members.
func (r *total) different() int64 { return max(r.reach, int64(len(r.members))) }

// message returns a row of the response.
func (t totals) message(r *total, n namer) *reportv1.FigureRow {
	m := &reportv1.FigureRow{
		Count: r.count, CashFen: r.fen[facts.Cash], GoodsFen: r.fen[facts.Goods], ServiceFen: r.fen[facts.Services],
	}
	if len(r.quantities) <= 1 {
		m.Quantity = proto.Int64(0)
		for unit, quantity := range r.quantities {
			m.Quantity, m.Unit = proto.Int64(quantity), unit
		}
	}
	if t.query.dimension != "" {
		m.Members = proto.Int64(r.different())
	}
	for i, field := range t.query.group {
		k := &reportv1.FigureRow_Key{Field: field, Value: r.values[i]}
		k.DisplayName, k.DisplayNameEn = n.names(field, r.values[i])
		m.Keys = append(m.Keys, k)
	}
	return m
}
