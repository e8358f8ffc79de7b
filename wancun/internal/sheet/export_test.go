package sheet

// Column is a column as tests compare it with what people are told.
type Column struct {
	Name     string
	Aliases  []string
	Required bool
	Words    []string // all that a choice takes
}

// Columns are those of a kind.
func (k Kind) Columns() []Column {
	var all []Column
	for _, c := range layoutOf(k).columns {
		all = append(all, Column{c.name, c.aliases, c.required, vocabulary(k, c.name)})
	}
	return all
}

// Flags are those that a kind needs if it has no such columns.
func (k Kind) Flags() []string {
	var all []string
	for _, f := range layoutOf(k).flags() {
		all = append(all, f.name)
	}
	return all
}

// MaxRows is how many rows a file of the kind may have.
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
		return spelt(divisionLevels())
	case "organizations.type":
		return spelt(organizationTypes())
	case "organizations.level":
		return spelt(organizationLevels())
	case "deliveries.measure":
		return spelt(measures())
	case "statements.qualifier":
		return spelt(qualifiers())
	case "statements.completeness":
		return spelt(completenesses())
	}
	return nil
}

func spelt[E any](words []word[E]) []string {
	var all []string
	for _, w := range words {
		all = append(all, w.names...)
	}
	return all
}
