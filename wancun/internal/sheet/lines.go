package sheet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	// mostRanges bounds the line ranges printed for one fault.
	mostRanges = 20
	// mostFaults bounds the printed faults.
	mostFaults = 200
)

// sameFault is a group of lines with the same reason in the same column.
type sameFault struct {
	Problem
	lines    []int // in ascending order
	examples []string
}

// Lines formats the problems, with a line of text for each column and reason: `deliveries.csv:2-40,45: quantity: must
// not be negative, such as "-3"`.
func (p Problems) Lines() []string {
	faults := p.faults()
	lines := make([]string, 0, min(len(faults), mostFaults)+1)
	rest := 0
	for i := range faults {
		if i < mostFaults {
			lines = append(lines, faults[i].String())
			continue
		}
		rest += len(faults[i].lines) + faults[i].Further
	}
	if rest > 0 {
		lines = append(lines, fmt.Sprintf("and %d further problems", rest))
	}
	return lines
}

// Count returns the number of problems, including those whose lines are not known.
func (p Problems) Count() int {
	n := len(p)
	for _, one := range p {
		n += one.Further
	}
	return n
}

// faults groups the problems. The groups are in the order of their first lines.
func (p Problems) faults() []sameFault {
	type key struct{ file, column, reason string }
	known := map[key]int{}
	var all []sameFault
	for _, one := range p {
		k := key{one.File, one.Column, one.Reason}
		i, there := known[k]
		if !there {
			i = len(all)
			known[k] = i
			all = append(all, sameFault{Problem: one})
			all[i].Further = 0
		}
		f := &all[i]
		f.Further += one.Further
		f.lines = append(f.lines, one.Line)
		if len(f.examples) < 2 && !slices.Contains(f.examples, one.Example) {
			f.examples = append(f.examples, one.Example)
		}
	}
	for i := range all {
		slices.Sort(all[i].lines)
	}
	slices.SortStableFunc(all, func(a, b sameFault) int { return a.lines[0] - b.lines[0] })
	return all
}

func (f *sameFault) String() string {
	text := f.File + f.place()
	if f.Column != "" {
		text += ": " + f.Column
	}
	text += ": " + f.Reason
	switch {
	case len(f.examples) > 1:
		text += ", such as " + f.examples[0]
	case f.examples[0] != "":
		text += ": " + f.examples[0]
	}
	return text
}

// place formats the lines as ranges; empty if the fault belongs to no line.
func (f *sameFault) place() string {
	if f.lines[len(f.lines)-1] == 0 {
		return ""
	}
	return ":" + ranges(f.lines, f.Further)
}

// ranges formats sorted lines and joins consecutive ones to ranges. After mostRanges ranges it adds the remaining lines
// to further, and appends that number.
func ranges(lines []int, further int) string {
	var all []string
	for i := 0; i < len(lines); {
		last := i
		for last+1 < len(lines) && lines[last+1] <= lines[last]+1 {
			last++
		}
		switch {
		case len(all) == mostRanges:
			further += last - i + 1
		case lines[last] > lines[i]:
			all = append(all, fmt.Sprintf("%d-%d", lines[i], lines[last]))
		default:
			all = append(all, strconv.Itoa(lines[i]))
		}
		i = last + 1
	}
	text := strings.Join(all, ",")
	if further > 0 {
		text += fmt.Sprintf(" and %d further rows", further)
	}
	return text
}
