package sheet

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// conversion converts the rows of a sheet to a request and collects all problems.
type conversion struct {
	sheet       *Sheet
	defaults    Defaults
	problems    Problems
	occurrences map[string]int // how often a row's content occurred
	lines       map[string]int // column and value that must not repeat -> line of the first occurrence
	campaign    string         // the campaign of the first row
	enums       map[protoreflect.FullName]*choices
}

// row is a row under conversion. Its methods read a cell by the name of its column. A cell that cannot be read is
// reported and has the value zero, so that the other cells are still checked.
type row struct {
	*conversion
	record
}

func (r *row) report(column, format string, args ...any) {
	r.reportCell(column, "", fmt.Sprintf(format, args...))
}

// reportCell reports a problem: reason is the same for every row with this problem, example is specific to this row.
func (r *row) reportCell(column, example, reason string) {
	if i, ok := r.sheet.columns[column]; ok {
		column = r.sheet.header[i]
	}
	r.problems = append(r.problems, Problem{File: r.sheet.name, Line: r.line, Column: column, Reason: reason, Example: example})
}

// text returns the cell, empty if the sheet has no such column.
func (r *row) text(column string) string {
	if i, ok := r.sheet.columns[column]; ok {
		return r.cells[i]
	}
	return ""
}

// read parses a cell. An empty cell returns the zero value; in a required column it is a problem.
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

// required returns the text of a column that must not be empty.
func (r *row) required(column string) string {
	return read(r, column, func(cell string) (string, error) { return cell, nil })
}

// token returns a required word of ASCII letters, digits and marks, such as the id of an indicator.
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

// chosen returns the enum value that a cell names by one of its words, in any case.
func chosen[E protoreflect.Enum](r *row, column string) E {
	return read(r, column, func(cell string) (E, error) {
		var none E
		all := r.choices(none.Descriptor())
		n, ok := all.values[heading(cell)]
		if !ok {
			return none, unfit(cell, "none of %s", all.offered)
		}
		value, _ := none.Type().New(n).(E) // the generic enum type
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

// filedUnder returns the campaign of a row, as `campaigns/{campaign}`. All rows must have the same campaign, because a
// file becomes one request, and a request has one campaign.
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
