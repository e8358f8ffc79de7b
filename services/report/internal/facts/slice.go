package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Level is a level of divisions, as the divisor that makes its codes of codes of 12 digits.
type Level int64

// The levels.
const (
	Villages    Level = 1
	Townships   Level = 1e3
	Counties    Level = 1e6
	Prefectures Level = 1e8
	Provinces   Level = 1e10
	Everywhere  Level = 1e12
)

// String names the level.
func (l Level) String() string {
	names := map[Level]string{
		Villages: "villages", Townships: "townships", Counties: "counties", Prefectures: "prefectures", Provinces: "provinces",
	}
	if name, known := names[l]; known {
		return name
	}
	return "everywhere"
}

// SumLevels are the levels at which sums are kept.
func SumLevels() []Level { return []Level{Townships, Counties, Prefectures, Provinces, Everywhere} }

// Column is a column by which classes differ within a source and a parent.
type Column string

// The columns.
const (
	ByAction     Column = "action"
	ByIndicator  Column = "indicator"
	ByMeasure    Column = "measure"
	ByAttributes Column = "attributes"
)

// Slice declares which distinct counts are kept: one for each source and parent, each value of the columns By, each stage
// and each dimension of the source, at each place of the levels.
type Slice struct {
	// Name is the key of the slice in stored rows.
	Name string
	// By are the columns that its counts keep apart.
	By []Column
	// Valued leaves out facts without a value.
	Valued bool
	// Levels are those at which it counts, from the lowest up.
	Levels []Level
}

// Slices are all slices. The first keeps classes apart; it holds the members of which all others are made, and is not
// counted itself. Each level of a slice is made of the one before it, and its first of the first slice.
func Slices() []Slice {
	return []Slice{
		{Name: "class", By: []Column{ByAction, ByIndicator, ByMeasure, ByAttributes}, Levels: []Level{Counties}},
		{Name: "whole", Levels: []Level{Counties, Prefectures, Provinces, Everywhere}},
		{Name: "action", By: []Column{ByAction}, Levels: []Level{Everywhere}},
		{Name: "indicator", By: []Column{ByIndicator}, Levels: []Level{Everywhere}},
		{Name: "valued", Valued: true, Levels: []Level{Everywhere}},
		{Name: "measure", By: []Column{ByMeasure}, Valued: true, Levels: []Level{Everywhere}},
	}
}

// holds says whether the slice has facts of a class.
func (s Slice) holds(c Class) bool { return !s.Valued || c.Measure != Unvalued }

// of is the class without the columns that the slice does not keep apart.
func (s Slice) of(c Class) Class {
	out := Class{Source: c.Source, Parent: c.Parent}
	for _, by := range s.By {
		switch by {
		case ByAction:
			out.Action = c.Action
		case ByIndicator:
			out.Indicator = c.Indicator
		case ByMeasure:
			out.Measure = c.Measure
		case ByAttributes:
			out.Attributes = c.Attributes
		}
	}
	return out
}

// Tally is one distinct count.
type Tally struct {
	Slice     string
	Class     Class // with the columns that the slice keeps apart
	Stage     Stage
	Dimension Dimension
}

// ID is the tally's key in stored rows.
func (t Tally) ID() int64 {
	return id("tally", strings.Join([]string{t.Slice, t.Class.key(), strconv.FormatInt(int64(t.Stage), 10), string(t.Dimension)}, "\x00"))
}

// Tallies are the tallies that hold facts of a class in a stage and a dimension, in the order of the slices.
func Tallies(c Class, stage Stage, d Dimension) []Tally {
	var out []Tally
	for _, s := range Slices() {
		if s.holds(c) {
			out = append(out, Tally{s.Name, s.of(c), stage, d})
		}
	}
	return out
}

// Fingerprint is a text that changes with every declaration from which stored rows follow.
func Fingerprint(sources []Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sums %v\n", SumLevels())
	for _, s := range Slices() {
		fmt.Fprintf(&b, "slice %+v\n", s)
	}
	for _, s := range slices.SortedFunc(slices.Values(sources), func(a, b Source) int { return strings.Compare(a.Name, b.Name) }) {
		fmt.Fprintf(&b, "source %s of %s: %v, %v\n", s.Name, s.Message, s.Stages, s.Dimensions)
	}
	b.WriteString(SumQuery() + "\n" + MemberQuery() + "\n" + CountQuery() + "\n")
	return fmt.Sprintf("%016x", id("shape", b.String()))
}
