package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Level is a level of divisions. Its value is the divisor that shortens a code of 12 digits to a code of the level.
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

// String returns the name of the level.
func (l Level) String() string {
	names := map[Level]string{
		Villages: "villages", Townships: "townships", Counties: "counties", Prefectures: "prefectures", Provinces: "provinces",
	}
	if name, known := names[l]; known {
		return name
	}
	return "everywhere"
}

// SumLevels returns the levels at which sums are stored.
func SumLevels() []Level { return []Level{Townships, Counties, Prefectures, Provinces, Everywhere} }

// Column is a column in which the classes of one source and parent differ.
type Column string

// The columns.
const (
	ByAction     Column = "action"
	ByIndicator  Column = "indicator"
	ByMeasure    Column = "measure"
	ByAttributes Column = "attributes"
)

// Slice declares stored distinct counts: one for each source and parent, each combination of values of the columns By,
// each stage and each dimension of the source, at each place of Levels.
type Slice struct {
	// Name is the key of the slice in stored rows.
	Name string
	// By are the columns by which the slice counts separately.
	By []Column
	// Valued excludes facts without a value.
	Valued bool
	// Levels are the levels at which the slice counts, from the lowest to the highest.
	Levels []Level
}

// Slices returns all slices. The first slice separates all classes. Its members are stored for the other slices and are
// not counted. The lowest level of every other slice is derived from the first slice, and each higher level from the
// level below it.
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

// holds reports whether the slice contains facts of a class.
func (s Slice) holds(c Class) bool { return !s.Valued || c.Measure != Unvalued }

// of returns the class with only the columns that the slice separates.
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

// Tally identifies one distinct count.
type Tally struct {
	Slice     string
	Class     Class // with only the columns that the slice separates
	Stage     Stage
	Dimension Dimension
}

// ID returns the key of the tally in stored rows.
func (t Tally) ID() int64 {
	return id("tally", strings.Join([]string{t.Slice, t.Class.key(), strconv.FormatInt(int64(t.Stage), 10), string(t.Dimension)}, "\x00"))
}

// Tallies returns the tallies that contain facts of a class in a stage and a dimension, in the order of the slices.
func Tallies(c Class, stage Stage, d Dimension) []Tally {
	var out []Tally
	for _, s := range Slices() {
		if s.holds(c) {
			out = append(out, Tally{s.Name, s.of(c), stage, d})
		}
	}
	return out
}

// Fingerprint returns a text that changes with every declaration that determines stored rows.
func Fingerprint(sources []Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sums %v\n", SumLevels())
	for _, s := range Slices() {
		fmt.Fprintf(&b, "slice %+v\n", s)
	}
	for _, s := range slices.SortedFunc(slices.Values(sources), func(a, b Source) int { return strings.Compare(a.Name, b.Name) }) {
		fmt.Fprintf(&b, "source %s of %s: %v, %v\n", s.Name, s.Message, s.Stages, s.Dimensions)
	}
	b.WriteString(SumQuery() + "\n" + MemberQuery() + "\n" + CountQuery() + "\n") // what a build must equal
	return fmt.Sprintf("%016x", id("shape", b.String()))
}
