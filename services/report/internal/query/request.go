package query

import (
	"fmt"
	"slices"
	"strings"

	"go.einride.tech/aip/ordering"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/predicate"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// query is a request in terms of facts.
type query struct {
	campaign  *actionv1.Campaign
	source    facts.Source
	fields    []predicate.Field
	group     []string
	filter    predicate.Predicate
	stages    []facts.Stage   // in which facts are counted
	dimension facts.Dimension // "" if no members are counted
	order     []orderTerm
	by        access.Principal
	on        day.Day         // on which the villages of the scope are counted
	used      map[string]bool // the fields of group and filter
}

// parse reads a request about a campaign. Its errors name fields of the request.
func parse(r *reportv1.QueryFiguresRequest, c *actionv1.Campaign, sources []facts.Source, by access.Principal, on day.Day) (*query, error) {
	of := r.GetSource()
	if of == actionv1.Formula_SOURCE_UNSPECIFIED {
		of = actionv1.Formula_DELIVERIES
	}
	q := &query{campaign: c, group: r.GetGroupBy(), by: by, on: on, used: map[string]bool{}}
	for _, s := range sources {
		if s.Name == strings.ToLower(of.String()) {
			q.source = s
		}
	}
	if q.source.Lasting {
		return nil, fault.Invalid("source", "SOURCE_LASTING", "cannot be queried, because its facts hold for a range of days")
	}
	var err error
	if q.fields, err = fieldsOf(of, c); err != nil {
		return nil, err
	}
	for i, name := range q.group {
		if !q.has(name) {
			return nil, fault.Invalid(fmt.Sprintf("group_by[%d]", i), "UNKNOWN_FIELD", "is no field of its source, which are %s", q.names())
		}
		q.used[name] = true
	}
	if q.filter, err = predicate.Parse("filter", r.GetFilter(), q.fields); err != nil {
		return nil, err
	}
	for _, name := range q.filter.Fields() {
		q.used[name] = true
	}
	if err := q.setStages(); err != nil {
		return nil, err
	}
	if r.GetDimension() != actionv1.Formula_DIMENSION_UNSPECIFIED {
		q.dimension = facts.Dimension(strings.ToLower(r.GetDimension().String()))
		if !q.source.Has(q.dimension) {
			return nil, fault.Invalid("dimension", "UNKNOWN_DIMENSION", "is not counted in facts of this source")
		}
	}
	q.order, err = q.parseOrder(r.GetOrderBy())
	return q, err
}

func (q *query) has(name string) bool {
	return slices.ContainsFunc(q.fields, func(f predicate.Field) bool { return f.Name == name })
}

func (q *query) names() string {
	names := make([]string, len(q.fields))
	for i, f := range q.fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// setStages sets the stages in which facts count. A fact has reached several stages, so a row of several would count it
// more than once.
func (q *query) setStages() error {
	if !q.used[stageField] {
		q.stages = q.source.Stages[:1]
		return nil
	}
	for _, s := range q.source.Stages {
		if q.filter.CanMatch(func(field string) (string, bool) { return s.String(), field == stageField }) {
			q.stages = append(q.stages, s)
		}
	}
	if len(q.stages) > 1 && !slices.Contains(q.group, stageField) {
		return fault.Invalid("filter", "STAGES_OVERLAP", "selects several stages, and facts count in each that they have reached; select one, or add stage to group_by")
	}
	return nil
}

// orderTerm is a field by which rows are ordered.
type orderTerm struct {
	field string
	desc  bool
}

// The numbers of a row by which rows can be ordered.
const (
	byCount    = "count"
	byQuantity = "quantity"
	byMembers  = "members"
)

func (q *query) parseOrder(text string) ([]orderTerm, error) {
	var parsed ordering.OrderBy
	if err := parsed.UnmarshalString(text); err != nil {
		return nil, fault.Invalid("order_by", "UNREADABLE", "must be fields separated by commas, each with desc after it or not")
	}
	known := append([]string{byCount, byQuantity, "cash_fen", "goods_fen", "service_fen"}, q.group...)
	if q.dimension != "" {
		known = append(known, byMembers)
	}
	var order []orderTerm
	for _, f := range parsed.Fields {
		if !slices.Contains(known, f.Path) {
			return nil, fault.Invalid("order_by", "UNKNOWN_FIELD", "has the field %q, which is none of %s", f.Path, strings.Join(known, ", "))
		}
		order = append(order, orderTerm{f.Path, f.Desc})
	}
	for _, name := range q.group {
		order = append(order, orderTerm{field: name})
	}
	return order, nil
}
