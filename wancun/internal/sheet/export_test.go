package sheet

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// Column is a column as tests compare it with the manual.
type Column struct {
	Name     string
	Aliases  []string
	Required bool
	Words    []string // all words that a choice accepts
}

// Columns returns the columns of a kind.
func (k Kind) Columns() []Column {
	var all []Column
	for _, c := range layoutOf(k).columns {
		all = append(all, Column{c.name, c.aliases, c.required, vocabulary(k, c.name)})
	}
	return all
}

// Flags returns the flags that a file of the kind needs if it lacks the columns for them.
func (k Kind) Flags() []string {
	var all []string
	for _, f := range layoutOf(k).flags() {
		all = append(all, f.name)
	}
	return all
}

// MaxRows returns how many rows a file of the kind may have.
func (k Kind) MaxRows() int { return layoutOf(k).maxRows }

func layoutOf(k Kind) *layout {
	for _, l := range layouts() {
		if l.kind == k {
			return l
		}
	}
	return nil
}

func vocabulary(k Kind, column string) []string {
	switch string(k) + "." + column {
	case "divisions.level":
		return choicesOf(villagev1.Division_LEVEL_UNSPECIFIED.Descriptor()).words
	case "organizations.type":
		return choicesOf(orgv1.Organization_TYPE_UNSPECIFIED.Descriptor()).words
	case "organizations.level":
		return choicesOf(orgv1.Organization_LEVEL_UNSPECIFIED.Descriptor()).words
	case "deliveries.measure":
		return choicesOf(actionv1.Delivery_MEASURE_UNSPECIFIED.Descriptor()).words
	case "statements.qualifier":
		return choicesOf(reportv1.Statement_QUALIFIER_UNSPECIFIED.Descriptor()).words
	case "statements.completeness":
		return choicesOf(reportv1.Statement_COMPLETENESS_UNSPECIFIED.Descriptor()).words
	}
	return nil
}
