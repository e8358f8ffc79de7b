package sheet

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/fault"
)

// Problem is one problem of a file, with its place.
type Problem struct {
	// File is the name under which the sheet was read.
	File string
	// Line is the line of the file, from 1, on which the row begins; a row with a line break in a cell spans several
	// lines. 0 if the problem belongs to the whole file and to no line.
	Line int
	// Column is the heading in the file, or the flag that replaces the column; empty if the problem concerns the whole
	// row.
	Column string
	// Reason describes the problem. Its text is the same for every row with this problem.
	Reason string
	// Question is the code that acknowledges a question about the row; empty if the problem is an error.
	Question string
	// Example is the part of the problem that is specific to this row, such as its cell in quotes; may be empty.
	Example string
	// Further counts rows with the same problem whose lines are not known.
	Further int

	row int // index in the request, for a problem that a service reported
}

func (p Problem) String() string { return Problems{p}.Error() }

// Problems are all problems of a file, in the order of its lines. It is never empty when returned as an error.
type Problems []Problem

func (p Problems) Error() string { return strings.Join(p.Lines(), "\n") }

// Question is a question about rows of a file.
type Question struct {
	// Code is the code that acknowledges it.
	Code string
	// Lines names the rows, for example "lines 3,7-9".
	Lines string
}

// Questions returns the questions among the problems, ordered by code. Nil if there are none.
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

// stretches formats lines as "line 3" or "lines 3,7-9".
func stretches(lines []int) string {
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) == 1 {
		return "line " + ranges(lines, 0)
	}
	return "lines " + ranges(lines, 0)
}

// orNil returns the problems, sorted by line, as an error; nil if there are none.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return p
}

// At returns the problem for a violation that a service reported for this sheet's request. field is the service's path,
// for example `requests[12].delivery.village`, and reason its description. A violation of a value from a flag is placed
// at the flag. If the path leads to no row, the problem is placed at the header and its reason begins with the path.
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

// locate splits a field path into the index of the row and the path inside the row's resource.
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

// headingOf returns the heading of the column that fills a field of the resource, given a path such as
// `delivery_date.year`; empty if no column of this sheet fills it.
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
