package bulletin

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/mattn/go-runewidth"
)

// text renders a sheet for a fixed-width font in which a Chinese character takes two columns.
func (s *sheet) text() []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if s.Issuer != "" {
		line("%s", s.Issuer)
	}
	if s.Number != "" {
		line("%s", s.Number)
	}
	line("%s\n%s\n", s.Title, s.AsOf)
	if s.Example != "" {
		line("! %s\n", s.Example)
	}
	if s.Addressees != "" {
		line("%s", wrapped(s.Addressees))
	}
	line("%s", wrapped(s.Intro))
	for _, p := range s.Paragraphs {
		line("\n%s\n%s", p.Heading, wrapped(p.Text))
	}
	for _, below := range []string{"", s.Issuer, s.Signed} {
		line("%s", rightAligned(below))
	}
	line("\n%s\n", s.W.Annex)
	s.table().write(&b)
	line("\n%s", s.W.Totals)
	s.totalsTable().write(&b)
	line("\n%s", s.W.Notes)
	for _, n := range s.Notes {
		line("  %s", n)
	}
	line("\n%s", s.W.Checkpoints)
	for _, p := range s.Positions {
		line("  %s @ %s", p.Log, p.Position)
		if p.Checkpoint == "" {
			line("    %s", s.W.NoCheckpoint)
			continue
		}
		for note := range strings.SplitSeq(p.Checkpoint, "\n") {
			line("%s", strings.TrimRight("    "+note, " "))
		}
	}
	return []byte(b.String())
}

// textWidth is the number of columns of a line of sentences.
const textWidth = 100

// rightAligned moves a text to the end of a line of sentences.
func rightAligned(text string) string {
	if text == "" {
		return ""
	}
	width := runewidth.NewCondition()
	width.EastAsianWidth = false
	return strings.Repeat(" ", max(0, textWidth-width.StringWidth(text))) + text
}

// wrapped breaks sentences into lines of at most textWidth columns: between words, and around each wide character, but
// not before punctuation. A word that is longer than a line stays whole.
func wrapped(text string) string {
	width := runewidth.NewCondition()
	width.EastAsianWidth = false
	var out strings.Builder
	column := 0
	for _, unit := range breakable.FindAllString(text, -1) {
		w := width.StringWidth(strings.TrimRight(unit, " "))
		if column > 0 && column+w > textWidth {
			out.WriteString("\n")
			column = 0
		}
		out.WriteString(unit)
		column += width.StringWidth(unit)
	}
	return trailing.ReplaceAllString(out.String(), "\n")
}

var (
	// breakable matches a part of a text after which a line may end: a wide character or a word, with the punctuation and
	// the space that follow it.
	breakable = regexp.MustCompile(`[（“]*([\p{Han}]|[^\p{Han}（“，。；：、）” ]+|[，。；：、）”]| )[，。；：、）”]*[ ]*`)
	trailing  = regexp.MustCompile(` +\n`)
)

// grid is a table of cells that are padded to the widths of their columns.
type grid struct {
	right []bool // per column: right-aligned
	lines [][]string
}

// table returns the table of figures. A line of one cell is a heading and does not affect the column widths.
func (s *sheet) table() *grid {
	g := &grid{}
	var titles []string
	for _, c := range s.Columns {
		g.right, titles = append(g.right, c.number), append(titles, c.Title)
	}
	g.lines = append(g.lines, titles)
	for _, sec := range s.Sections {
		g.lines = append(g.lines, nil, []string{sec.Heading})
		for _, r := range sec.Rows {
			g.lines = append(g.lines, r.cells())
		}
	}
	return g
}

func (s *sheet) totalsTable() *grid {
	g := &grid{right: []bool{false, false, true, true}}
	g.lines = append(g.lines, []string{"", "", s.W.Recorded, s.W.Confirmed})
	for _, t := range s.Totals {
		if t.Confirmed == "" {
			g.lines = append(g.lines, []string{"  " + t.Name + ": " + t.Recorded})
			continue
		}
		g.lines = append(g.lines, []string{"", t.Name, t.Recorded, t.Confirmed})
	}
	return g
}

func (g *grid) write(b *strings.Builder) {
	width := runewidth.NewCondition()
	width.EastAsianWidth = false // ambiguous characters are narrow; wide characters remain wide
	widths := make([]int, len(g.right))
	for _, cells := range g.lines {
		for i, c := range cells {
			if len(cells) > 1 {
				widths[i] = max(widths[i], width.StringWidth(c))
			}
		}
	}
	for _, cells := range g.lines {
		var l strings.Builder
		for i, c := range cells {
			pad := ""
			if len(cells) > 1 {
				pad = strings.Repeat(" ", widths[i]-width.StringWidth(c))
			}
			if i > 0 {
				l.WriteString("  ")
			}
			if g.right[i] {
				l.WriteString(pad + c)
			} else {
				l.WriteString(c + pad)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
}
