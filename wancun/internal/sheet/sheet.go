package sheet

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/text"
)

const (
	maxBytes = 64 << 20
	maxCell  = 10 << 10
)

// Sheet is a CSV file with a valid header and therefore a known kind. Request reports all problems of its rows at once.
type Sheet struct {
	name       string
	layout     *layout
	header     []string
	headerLine int
	columns    map[string]int
	rows       []record
	problems   Problems     // problems with the form of rows
	orphans    map[int]bool // lines of divisions whose parent Without removed
	digest     [sha256.Size]byte
}

// record is a row with the line on which it begins.
type record struct {
	line      int
	cells     []string
	malformed bool // already reported; its cells are not read
	refused   []refusedCell
}

// refusedCell is a cell with text that the suite does not accept.
type refusedCell struct {
	column int
	why    *text.Refusal
}

// Kind returns the kind of the rows.
func (s *Sheet) Kind() Kind { return s.layout.kind }

// Counted returns the number of rows as text: `1 delivery`, `2 deliveries`.
func (s *Sheet) Counted() string {
	noun := string(s.layout.kind)
	if len(s.rows) == 1 {
		noun = s.layout.noun()
	}
	return fmt.Sprintf("%d %s", len(s.rows), noun)
}

// Rows returns the number of rows below the header, without empty ones.
func (s *Sheet) Rows() int { return len(s.rows) }

// Read reads a whole CSV file in UTF-8 or GB18030; problems contain name. The error is Problems if the text or the
// header is wrong, and another error if the file could not be read.
func Read(name string, r io.Reader) (*Sheet, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err // its text contains the file name, which the message has already
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(content) > maxBytes {
		return nil, Problems{{File: name, Line: 1, Reason: fmt.Sprintf("larger than %d MiB", maxBytes>>20)}}
	}
	text, line, err := decode(content)
	if err != nil {
		return nil, Problems{{File: name, Line: line, Reason: err.Error()}}
	}
	p := &parser{
		sheet: &Sheet{name: name, digest: sha256.Sum256(content)},
		csv:   csv.NewReader(bytes.NewReader(text)),
	}
	p.csv.FieldsPerRecord = -1
	p.csv.TrimLeadingSpace = true
	p.readHeader()
	if len(p.sheet.problems) > 0 {
		return nil, p.sheet.problems.orNil()
	}
	p.readRows()
	return p.sheet, nil
}

// parser fills a sheet from CSV text and collects problems with its form.
type parser struct {
	sheet *Sheet
	csv   *csv.Reader
}

func (p *parser) report(line int, column, format string, args ...any) {
	p.sheet.problems = append(p.sheet.problems, Problem{
		File: p.sheet.name, Line: line, Column: column, Reason: fmt.Sprintf(format, args...),
	})
}

// next returns the next row that is not empty. It reports and skips rows with wrong quoting.
func (p *parser) next() (record, bool) {
	for {
		cells, err := p.csv.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return record{}, false
		case errors.As(err, &bad):
			p.report(bad.StartLine, "", "%v", bad.Err)
			continue
		}
		row := record{cells: cells}
		row.line, _ = p.csv.FieldPos(0)
		for i := range cells {
			normal, refused := text.Lines.Normalize(cells[i]) // single-line fields lose their line breaks later
			if refused != nil {
				row.refused = append(row.refused, refusedCell{i, refused})
				continue
			}
			cells[i] = normal
		}
		if slices.IndexFunc(cells, func(c string) bool { return c != "" }) < 0 {
			continue
		}
		return row, true
	}
}

// readHeader reads the header and determines the kind.
func (p *parser) readHeader() {
	row, ok := p.next()
	if !ok {
		p.report(1, "", "the file is empty")
		return
	}
	for _, cell := range row.refused {
		p.report(row.line, "", "heading %d %s", cell.column+1, cell.why.English)
	}
	if len(row.refused) > 0 {
		return
	}
	s := p.sheet
	s.header, s.headerLine = row.cells, row.line
	f := bestFit(s.header)
	s.layout, s.columns = f.layout, f.columns
	if len(f.missing) > 0 {
		p.reportMissing(f)
		return
	}
	for _, i := range f.unknown {
		p.report(row.line, s.header[i], "%s have no such column; they have %s",
			s.layout.kind, strings.Join(s.layout.names(false), ", "))
	}
	for _, i := range f.twice {
		p.report(row.line, s.header[i], "there are two columns for this")
	}
}

func (p *parser) reportMissing(f fit) {
	if len(p.sheet.header) == 1 && strings.ContainsAny(p.sheet.header[0], ";\t|") {
		p.report(p.sheet.headerLine, "", "the cells are not separated by commas")
		return
	}
	if len(f.columns) == 0 {
		p.report(p.sheet.headerLine, "", "the header names no kind of sheet; there are %s", kinds())
		return
	}
	p.report(p.sheet.headerLine, "", "the header is nearest to %s, but %s %s missing; there are %s", f.layout.kind,
		strings.Join(f.missing, ", "), verb(len(f.missing)), kinds())
}

func verb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (p *parser) readRows() {
	s := p.sheet
	for {
		row, ok := p.next()
		if !ok {
			break
		}
		if len(s.rows) == s.layout.maxRows {
			p.report(row.line, "", "%s may have at most %d rows: split the file", s.layout.kind, s.layout.maxRows)
			return
		}
		before := len(s.problems)
		p.checkForm(row)
		row.malformed = len(s.problems) > before
		s.rows = append(s.rows, row)
	}
	if len(s.rows) == 0 && len(s.problems) == 0 {
		p.report(s.headerLine, "", "there are no rows below the header")
	}
}

// checkForm reports problems with the form of a row, regardless of its values.
func (p *parser) checkForm(row record) {
	if len(row.cells) != len(p.sheet.header) {
		p.report(row.line, "", "the row has %d cells, the header %d", len(row.cells), len(p.sheet.header))
		return
	}
	for _, cell := range row.refused {
		p.report(row.line, p.sheet.header[cell.column], "%s", cell.why.English)
	}
	for i, cell := range row.cells {
		switch {
		case len(cell) > maxCell:
			p.report(row.line, p.sheet.header[i], "the cell holds more than %d KiB", maxCell>>10)
		case cell != "" && p.sheet.header[i] == "":
			p.report(row.line, "", "there is a cell in column %d, which has no heading", i+1)
			p.sheet.problems[len(p.sheet.problems)-1].Example = quote(cell)
		}
	}
}

// Without returns the sheet without the rows of these problems, so that a service can check the other rows.
func (s *Sheet) Without(p Problems) *Sheet {
	bad := make(map[int]bool, len(p))
	for _, one := range p {
		bad[one.Line] = true
	}
	rest := *s
	rest.problems = nil
	rest.rows = slices.DeleteFunc(slices.Clone(s.rows), func(r record) bool { return r.malformed || bad[r.line] })
	rest.orphans = s.orphaned(bad)
	return &rest
}

// orphaned returns the lines of divisions whose parent is in a bad row.
func (s *Sheet) orphaned(bad map[int]bool) map[int]bool {
	own, parent := s.columns["code"], s.columns["parent_code"]
	if s.layout.kind != Divisions {
		return nil
	}
	gone, orphans := make(map[string]bool), make(map[int]bool)
	for _, r := range s.rows {
		if bad[r.line] && !r.malformed {
			gone[r.cells[own]] = true
		}
	}
	for _, r := range s.rows {
		if !r.malformed && gone[r.cells[parent]] {
			orphans[r.line] = true
		}
	}
	return orphans
}

// OnlyWithout reports whether a problem exists only because Without removed rows: a division whose parent is one of
// them.
func (s *Sheet) OnlyWithout(p Problem) bool {
	return s.orphans[p.Line] && p.Column == s.headingNamed("parent_code")
}
