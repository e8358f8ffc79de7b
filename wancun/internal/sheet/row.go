package sheet

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// conversion turns the rows of a sheet into a request and collects every problem on the way.
type conversion struct {
	sheet       *Sheet
	defaults    Defaults
	problems    Problems
	occurrences map[string]int // how often a row's content was seen
	lines       map[string]int // column and value that must not repeat -> line it was seen on
	campaign    string         // what the rows are filed under, as the first row has it
	enums       map[protoreflect.FullName]*choices
}

// row is a row being converted. Its methods read a cell by the name of its column; one that cannot be read is reported
// and reads as zero, so that the rest of the row is still looked at.
type row struct {
	*conversion
	record
}

func (r *row) report(column, format string, args ...any) {
	r.reportCell(column, "", fmt.Sprintf(format, args...))
}

// reportCell reports a reason that is the same for other rows, and what only this row has of it.
func (r *row) reportCell(column, example, reason string) {
	if i, ok := r.sheet.columns[column]; ok {
		column = r.sheet.header[i]
	}
	r.problems = append(r.problems, Problem{File: r.sheet.name, Line: r.line, Column: column, Reason: reason, Example: example})
}

// text is the cell as it is, empty if the sheet has no such column.
func (r *row) text(column string) string {
	if i, ok := r.sheet.columns[column]; ok {
		return r.cells[i]
	}
	return ""
}

// read reads the cell of a column, if there is something in it. An empty cell of a required column is a problem.
func read[T any](r *row, column string, parse func(cell string) (T, error)) T {
	var none T
	cell := r.text(column)
	if cell == "" {
		if r.sheet.layout.requires(column) {
			r.report(column, "must not be empty")
		}
		return none
	}
	value, err := parse(cell)
	var bad misfit
	switch {
	case errors.As(err, &bad):
		r.reportCell(column, quote(bad.cell), bad.reason)
		return none
	case err != nil:
		r.report(column, "%v", err)
		return none
	}
	return value
}

func (l *layout) requires(column string) bool {
	c := l.column(column)
	return c != nil && c.required
}

// required is the text of a column that must say something.
func (r *row) required(column string) string {
	return read(r, column, func(cell string) (string, error) { return cell, nil })
}

// token is a required word of ASCII letters, digits and marks, such as the id of an indicator.
func (r *row) token(column string) string {
	return read(r, column, func(cell string) (string, error) { return fold(cell), nil })
}

func (r *row) whole(column string) int64 {
	return read(r, column, func(cell string) (int64, error) { return fixed(cell, 0) })
}

func (r *row) hundredths(column string) int64 {
	return read(r, column, func(cell string) (int64, error) { return fixed(cell, 2) })
}

func (r *row) code(column, collection string) string {
	return read(r, column, func(cell string) (string, error) { return code(cell, collection) })
}

func (r *row) day(column string) *date.Date { return read(r, column, calendarDay) }

// chosen is the value of an enum that a cell names by one of its words, in any case.
func chosen[E protoreflect.Enum](r *row, column string) E {
	return read(r, column, func(cell string) (E, error) {
		var none E
		all := r.choices(none.Descriptor())
		n, ok := all.values[heading(cell)]
		if !ok {
			return none, unfit(cell, "none of %s", all.offered)
		}
		value, _ := none.Type().New(n).(E) // of the enum's own type
		return value, nil
	})
}

func (c *conversion) choices(enum protoreflect.EnumDescriptor) *choices {
	if c.enums[enum.FullName()] == nil {
		c.enums[enum.FullName()] = choicesOf(enum)
	}
	return c.enums[enum.FullName()]
}

// onlyOnce reports a value that an earlier row has in the same column.
func (r *row) onlyOnce(column, value string) {
	if value == "" {
		return
	}
	seen := column + "\x00" + value
	if line, ok := r.lines[seen]; ok {
		r.reportCell(column, fmt.Sprintf("line %d", line), "an earlier line has the same")
		return
	}
	r.lines[seen] = r.line
}

// filedUnder is the campaign that a row belongs to, as `campaigns/{campaign}`: a service takes the rows of a file all
// or not at all, and does so for one campaign.
func (r *row) filedUnder() string {
	name := r.text("campaign")
	if name == "" {
		name = r.defaults.Campaign
	}
	if name == "" {
		r.report("campaign", "the row names no campaign, and %s was not given", flagCampaign)
		return ""
	}
	name = "campaigns/" + strings.TrimPrefix(fold(name), "campaigns/")
	if r.campaign == "" {
		r.campaign = name
	}
	if name != r.campaign {
		r.report("campaign", "the rows above are for %s: load each campaign from a file of its own", r.campaign)
	}
	return name
}
