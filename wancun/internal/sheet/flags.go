package sheet

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
)

// The flags of wancun load that replace a column for a whole file.
const (
	flagCampaign = "--campaign"
	flagEdition  = "--edition"
	flagComplete = "--complete"
	flagAsOf     = "--as-of"
	flagSource   = "--source"

	flagAcknowledge = "--acknowledge"
)

// flag is one of these flags, for the kinds of sheets that have its column. Divisions have no column for their edition.
type flag struct{ name, column string }

func (l *layout) flags() []flag {
	if l.kind == Divisions {
		return []flag{{flagEdition, ""}}
	}
	var of []flag
	for _, f := range []flag{{flagCampaign, "campaign"}, {flagAsOf, "as_of"}, {flagSource, "source"}} {
		if l.column(f.column) != nil {
			of = append(of, f)
		}
	}
	return of
}

func (l *layout) column(name string) *column {
	for i := range l.columns {
		if l.columns[i].name == name {
			return &l.columns[i]
		}
	}
	return nil
}

// Unused returns the flags in the defaults that apply to none of the sheets, in the order of the help text.
func Unused(d Defaults, sheets ...*Sheet) []string {
	var unused []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{flagCampaign, d.Campaign != ""}, {flagEdition, d.Edition != ""}, {flagComplete, d.Complete}, {flagAsOf, d.AsOf != nil},
		{flagAcknowledge, len(d.Acknowledge) > 0}, {flagSource, d.Source != ""},
	} {
		if f.given && !slices.ContainsFunc(sheets, func(s *Sheet) bool { return s.layout.takes(f.name) }) {
			unused = append(unused, f.name)
		}
	}
	return unused
}

// takes reports whether a flag applies to sheets of the kind.
func (l *layout) takes(name string) bool {
	switch name {
	case flagComplete:
		return l.kind == Divisions
	case flagAcknowledge:
		return l.kind == Needs || l.kind == Deliveries || l.kind == Statements
	}
	return slices.ContainsFunc(l.flags(), func(f flag) bool { return f.name == name })
}

// flagOf returns the flag that fills a field of the request, unless a column fills it.
func (s *Sheet) flagOf(field string) (string, bool) {
	switch _, there := s.columns["campaign"]; {
	case field == "parent" && !there:
		return flagCampaign, true
	case field == "edition":
		return flagEdition, true
	case strings.HasPrefix(field, "acknowledge["):
		return flagAcknowledge, true
	}
	return "", false
}

// completed fills missing defaults with placeholders, unless a column gives the value, so that the rows are still
// checked. It returns one problem that names all missing flags.
func (s *Sheet) completed(d Defaults) (Defaults, Problems) {
	given := map[string]bool{
		flagCampaign: d.Campaign != "", flagEdition: d.Edition != "", flagAsOf: d.AsOf != nil, flagSource: d.Source != "",
	}
	var missing, columns []string
	for _, f := range s.layout.flags() {
		if _, there := s.columns[f.column]; there || given[f.name] {
			continue
		}
		missing, columns = append(missing, f.name), append(columns, f.column)
		switch f.name {
		case flagCampaign:
			d.Campaign = "none"
		case flagEdition:
			d.Edition = "2000-01-01"
		case flagAsOf:
			d.AsOf = &date.Date{Year: 2000, Month: 1, Day: 1}
		case flagSource:
			d.Source = "none"
		}
	}
	switch {
	case missing == nil:
		return d, nil
	case s.layout.kind == Divisions:
		return d, Problems{{File: s.name, Reason: flagEdition + " is needed: the day as of which the codes stand, for example " + flagEdition + " 2020-06-30"}}
	}
	return d, Problems{{File: s.name, Reason: fmt.Sprintf("%s %s needed, as the file has no column %s",
		enumerate(missing, "and"), verb(len(missing)), enumerate(columns, "or"))}}
}

// enumerate joins words with commas, and the last two with last.
func enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
