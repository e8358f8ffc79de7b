package sheet

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/fault"
)

// Problem is one thing wrong with a file, at a place that whoever made the file can find.
type Problem struct {
	// File is the name the sheet was read under.
	File string
	// Line is the line of the file, from 1, on which the row begins; a row with a line break in a cell spans several. 0 if
	// no line is at fault but what was said of the whole file.
	Line int
	// Column is the heading as the file has it, or the flag that says the same of the whole file; empty if the whole row
	// is at fault.
	Column string
	// Reason says what is wrong, in words that are the same for every row with this fault.
	Reason string
	// Question is the code by which a question about the row is acknowledged; empty if something is wrong with it.
	Question string
	// Example is what this row has of it, such as its cell in quotes; empty if that does not help.
	Example string
	// Further counts rows with the same fault whose lines are not known.
	Further int

	row int // in the request, of a problem that a service reported
}

func (p Problem) String() string { return Problems{p}.Error() }

// Problems are all the things wrong with a file, in the order of its lines; never empty when returned as an error.
type Problems []Problem

func (p Problems) Error() string { return strings.Join(p.Lines(), "\n") }

// Question is asked about rows of a file.
type Question struct {
	// Code acknowledges it.
	Code string
	// Lines are those of the rows: lines 3,7-9.
	Lines string
}

// Questions are those among the problems, in the order of their codes. Nil if there are none.
func (p Problems) Questions() []Question {
	lines := map[string][]int{}
	for _, problem := range p {
		if problem.Question != "" {
			lines[problem.Question] = append(lines[problem.Question], problem.Line)
		}
	}
	var all []Question
	for _, code := range slices.Sorted(maps.Keys(lines)) {
		all = append(all, Question{code, stretches(lines[code])})
	}
	return all
}

// stretches names lines, those that follow each other by the first and the last.
func stretches(lines []int) string {
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) == 1 {
		return "line " + ranges(lines, 0)
	}
	return "lines " + ranges(lines, 0)
}

// orNil sorts the problems and makes them an error; nil if there are none.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return p
}

// At places a violation that a service reported for the request made from this sheet: field is the path the service
// names, for example `requests[12].delivery.village`, reason what it says of it. What a flag says of the whole file is
// blamed on the flag. Any other path that leads to no row is placed at the header and kept in the reason, so that nothing
// a service says is lost.
func (s *Sheet) At(field, reason string) Problem {
	index, rest, ok := s.locate(field)
	if !ok {
		if flag, there := s.flagOf(field); there {
			return Problem{File: s.name, Column: flag, Reason: reason}
		}
		return Problem{File: s.name, Line: s.headerLine, Reason: field + ": " + reason}
	}
	p := Problem{File: s.name, Line: s.rows[index].line, Reason: reason}
	if rest == "" {
		return p
	}
	if p.Column = s.headingOf(rest); p.Column == "" {
		p.Reason = rest + ": " + reason
	}
	return p
}

// locate splits a field path into the row it speaks of and the path inside the row's resource.
func (s *Sheet) locate(field string) (index int, rest string, ok bool) {
	list, index, rest, ok := fault.RowOf(field)
	if list != "requests" && list != "divisions" || !ok || index >= len(s.rows) {
		return 0, "", false
	}
	rest = strings.TrimPrefix(rest, ".")
	if rest == s.layout.singular {
		return index, "", true
	}
	return index, strings.TrimPrefix(rest, s.layout.singular+"."), true
}

// headingOf finds the heading of the column that fills a field of the resource, given a path such as
// `delivery_date.year`; empty if no column of this sheet does.
func (s *Sheet) headingOf(path string) string {
	for ; path != ""; path = path[:max(0, strings.LastIndexByte(path, '.'))] {
		for _, c := range s.layout.columns {
			if i, ok := s.columns[c.name]; ok && c.field == path {
				return s.header[i]
			}
		}
	}
	return ""
}
