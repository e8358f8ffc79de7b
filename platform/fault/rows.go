package fault

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// RowRange is a range of consecutive rows of a batch, by their indices in the request.
type RowRange struct{ First, Last int }

// RowOf returns the row of a batch that a field path leads into: an element of a list in the request itself.
// `requests[12].need.title` is in row 12. list and rest are the path before and after the index.
func RowOf(field string) (list string, row int, rest string, ok bool) {
	list, rest, ok = strings.Cut(field, "[")
	if !ok || strings.Contains(list, ".") {
		return "", 0, "", false
	}
	number, rest, closed := strings.Cut(rest, "]")
	row, err := strconv.Atoi(number)
	if !closed || err != nil || row < 0 || row > math.MaxInt32 {
		return "", 0, "", false
	}
	return list, row, rest, true
}

// Numbered returns an error about rows with first added to their numbers, for a message whose rows follow those of
// earlier messages. It returns any other error unchanged.
func Numbered(first int, err error) error {
	e, ok := From(err)
	if !ok || first == 0 {
		return err
	}
	violations := e.Violations()
	for i, v := range violations {
		if list, row, rest, ok := RowOf(v.Field); ok {
			violations[i].Field = list + "[" + strconv.Itoa(first+row) + "]" + rest
		}
	}
	return e.With(violations)
}

// kindOfFault is what violations of different rows have in common when they are reported as one.
type kindOfFault struct{ list, rest, reason, english, chinese string }

// joined merges violations that differ only in their rows, in the order of the first of each kind. It does not change a
// violation that already has rows.
func joined(all []Violation) []Violation {
	if len(all) < 2 {
		return all
	}
	groups := make([]Violation, 0, min(len(all), 16))
	known := map[kindOfFault]int{}
	for _, v := range all {
		list, row, rest, ok := RowOf(v.Field)
		if !ok || v.Rows != nil {
			groups = append(groups, v)
			continue
		}
		kind := kindOfFault{list, rest, v.Reason, v.Description, v.Chinese}
		i, there := known[kind]
		if !there {
			known[kind] = len(groups)
			groups = append(groups, v)
			continue
		}
		groups[i].add(row)
	}
	return groups
}

// add adds a row to a violation.
func (v *Violation) add(row int) {
	if v.Rows == nil {
		_, first, _, _ := RowOf(v.Field)
		v.Rows, v.Count = []RowRange{{first, first}}, 1
	}
	switch last := &v.Rows[len(v.Rows)-1]; row {
	case last.Last:
		return
	case last.Last + 1:
		last.Last = row
	default:
		v.Rows = append(v.Rows, RowRange{row, row})
	}
	v.Count++
}

// rangeSize is the largest encoded size of a range in bytes.
const rangeSize = 14

// detailed returns the details for violations, within room bytes. It always includes the first violation. The
// violations share the remaining room for their ranges of rows evenly.
func detailed(all []Violation, further Further, room int) (*errdetails.BadRequest, *resourcev1.ViolatedRows) {
	bad := &errdetails.BadRequest{}
	for i, v := range all {
		f := fieldViolation(v)
		room -= proto.Size(f) + rangeSize
		if i > 0 && room < 0 {
			break
		}
		bad.FieldViolations = append(bad.FieldViolations, f)
	}
	named, spare, inRows := len(bad.GetFieldViolations()), max(0, room)/rangeSize, false
	rows := &resourcev1.ViolatedRows{Violations: make([]*resourcev1.Rows, named)}
	for i, v := range all[:named] {
		more := min(len(v.Rows), 1+spare/(named-i))
		spare -= max(0, more-1)
		rows.Violations[i] = &resourcev1.Rows{Count: int32(v.Count)} //nolint:gosec // rows of one request
		for _, r := range v.Rows[:more] {
			rows.Violations[i].Ranges = append(rows.Violations[i].Ranges, &resourcev1.RowRange{First: int32(r.First), Last: int32(r.Last)}) //nolint:gosec // as above
			inRows = true
		}
	}
	for _, v := range all[named:] {
		further.Violations++
		further.Rows += max(1, v.Count)
	}
	rows.FurtherViolations, rows.FurtherRows = int32(further.Violations), int32(further.Rows) //nolint:gosec // as above
	if !inRows && further.Violations == 0 {
		rows = nil
	}
	return bad, rows
}

func fieldViolation(v Violation) *errdetails.BadRequest_FieldViolation {
	f := &errdetails.BadRequest_FieldViolation{
		Field: clipTo(maxWords, v.Field), Reason: clipTo(maxWords, v.Reason), Description: clipTo(maxWords, v.Description),
	}
	if zh := v.inChinese(); zh != "" {
		f.LocalizedMessage = &errdetails.LocalizedMessage{Locale: localeChinese, Message: clipTo(maxWords, zh)}
	}
	return f
}

// locate adds their rows to decoded violations.
func (e *Error) locate(in *resourcev1.ViolatedRows) {
	for i, rows := range in.GetViolations()[:min(len(in.GetViolations()), len(e.violations))] {
		for _, r := range rows.GetRanges() {
			e.violations[i].Rows = append(e.violations[i].Rows, RowRange{int(r.GetFirst()), int(r.GetLast())})
		}
		e.violations[i].Count = int(rows.GetCount())
	}
	e.further = Further{int(in.GetFurtherViolations()), int(in.GetFurtherRows())}
}

// Further counts what did not fit into an answer.
type Further struct {
	// Violations counts the violations.
	Violations int
	// Rows counts their rows.
	Rows int
}

// Further returns what was left out of Violations when another process sent the error. It is zero for an error of this
// process.
func (e *Error) Further() Further { return e.further }

// Grouped returns the violations, with those that differ only in their rows merged into one that lists the rows.
func (e *Error) Grouped() []Violation { return slices.Clone(joined(e.violations)) }
