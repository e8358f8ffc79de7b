package bulletin

import (
	"fmt"
	"slices"
	"strings"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// missing is shown in place of a figure that does not exist.
const missing = "-"

// sheet contains all texts of a bulletin in one language. The text and HTML renderers only arrange them.
type sheet struct {
	W                  words
	Columns            []column
	Title, Issuer      string
	Number, Addressees string
	Signed             string // the day below the text
	Example            string
	AsOf               string
	Intro              string
	Paragraphs         []paragraph
	Sections           []section
	Totals             []sum
	Notes              []string
	Positions          []position
	QR                 *code  // nil if the suite has no public address
	Font               string // the file of the font of a PDF; empty on a page for browsers
	language           reportv1.RenderBulletinRequest_Language
}

type section struct {
	Heading string
	Rows    []row
}

// column is a column of the table of figures. Class is its CSS class in the HTML template.
type column struct {
	Class, Title string
	number       bool // right-aligned
}

// Labelled reports whether a cell of the column needs the title beside it in the narrow layout, in which each row is a
// card. Codes, names and units do not need it.
func (c column) Labelled() bool { return c.number || c.Class == "agreement" }

// columns returns the columns of the table of figures, in the order of row.cells.
func (w words) columns() []column {
	return []column{
		{"code", "", false},
		{"name", w.Indicator, false},
		{"unit", w.Unit, false},
		{"stated", w.Stated, true},
		{"recorded", w.Recorded, true},
		{"confirmed", w.Confirmed, true},
		{"share", w.Share, true},
		{"agreement", w.Agreement, false},
		{"orgs", w.Orgs, true},
		{"villages", w.Reached, true},
	}
}

// row is a row of the table. A row with Part set is a part of the figure above it.
type row struct {
	Code, Name, Unit, Stated, Recorded, Confirmed, Share, Agreement, Orgs, Villages string
	Part                                                                            bool
}

func (r row) cells() []string {
	return []string{r.Code, r.Name, r.Unit, r.Stated, r.Recorded, r.Confirmed, r.Share, r.Agreement, r.Orgs, r.Villages}
}

// Cells returns the cells of the row for the HTML template.
func (r row) Cells(columns []column) []cell {
	out := make([]cell, len(columns))
	for i, text := range r.cells() {
		out[i] = cell{Class: columns[i].Class, Text: text, Empty: text == "" || text == missing}
	}
	return out
}

// cell is a cell of the table. The narrow layout, in which each row is a card, omits empty cells.
type cell struct {
	Class, Text string
	Empty       bool
}

// sum is a row about the whole campaign.
type sum struct {
	Name, Recorded, Confirmed string
}

type position struct {
	Log, Position, Checkpoint string
}

// newSheet converts a bulletin to a sheet in a language.
func newSheet(b *reportv1.Bulletin, l reportv1.RenderBulletinRequest_Language) *sheet {
	w := wordsIn(l)
	s := &sheet{W: w, Columns: w.columns(), language: l}
	at := b.GetAsOf().GetTime().AsTime().In(day.China())
	s.Title = fmt.Sprintf(w.Of, s.name(b.GetDisplayName(), b.GetDisplayNameEn()))
	s.Issuer = s.name(b.GetIssuer(), b.GetIssuerEn())
	head := b.GetLetterhead()
	s.Number, s.Signed = head.GetDocumentNumber(), w.date(at)
	if to := s.name(head.GetAddressees(), head.GetAddresseesEn()); to != "" {
		s.Addressees = to + w.colon
	}
	s.Example = s.name(b.GetExampleNote(), b.GetExampleNoteEn())
	s.AsOf = fmt.Sprintf(w.AsOf, w.moment(at)) + ", " + fmt.Sprintf(w.Generation, figure.Count(b.GetAsOf().GetGeneration()))
	if !figure.English(l) {
		s.AsOf = strings.Replace(s.AsOf, ", ", "，", 1)
	}
	s.Intro = fmt.Sprintf(w.intro, s.name(b.GetDisplayName(), b.GetDisplayNameEn()), w.moment(at))
	s.prose(b)
	s.sections(b)
	s.totals(b)
	s.notes(b)
	for _, p := range b.GetAsOf().GetPositions() {
		s.Positions = append(s.Positions, position{p.GetLog(), figure.Count(p.GetPosition()), strings.TrimRight(p.GetCheckpoint(), "\n")})
	}
	return s
}

// name returns the name in the language of the sheet, or the other name if that one is empty.
func (s *sheet) name(chinese, english string) string {
	if figure.English(s.language) && english != "" || chinese == "" {
		return english
	}
	return chinese
}

func (s *sheet) sections(b *reportv1.Bulletin) {
	for n, g := range b.GetGroups() {
		sec := section{Heading: s.W.number(n+1) + s.name(g.GetDisplayName(), g.GetDisplayNameEn())}
		for _, f := range b.GetFigures() {
			if f.GetGroup() == g.GetId() {
				sec.Rows = append(sec.Rows, s.rows(f)...)
			}
		}
		s.Sections = append(s.Sections, sec)
	}
}

// rows returns the row of a figure and, for a mixed figure, the rows of its split.
func (s *sheet) rows(f *reportv1.Figure) []row {
	r := row{
		Code: f.GetIndicator(), Name: s.name(f.GetDisplayName(), f.GetDisplayNameEn()), Unit: s.unit(f),
		Stated: s.stated(f), Recorded: s.value(f, f.GetRecorded()), Confirmed: s.value(f, f.GetConfirmed()),
		Share: missing, Agreement: s.W.sayAgreement(f.GetAgreement()), Orgs: missing, Villages: missing,
	}
	if f.ItemisedShare != nil {
		r.Share = figure.Percent(f.GetItemisedShare())
	}
	if f.GetConfirmed() != nil { // counted from deliveries
		r.Orgs = figure.Count(f.GetOrganizations())
		if f.Villages != nil {
			r.Villages = figure.Count(f.GetVillages())
		}
	}
	if f.GetKind() != actionv1.Indicator_MIXED_VALUE || f.GetRecorded() == nil {
		return []row{r}
	}
	return append([]row{r}, s.split(f)...)
}

func (s *sheet) unit(f *reportv1.Figure) string {
	if f.GetUnit() == figure.CNY {
		return figure.MoneyUnit(s.language)
	}
	return s.name(f.GetUnitZh(), f.GetUnit())
}

func (s *sheet) stated(f *reportv1.Figure) string {
	st := f.GetStated()
	if st == nil {
		return missing
	}
	text := figure.Qualified{Value: st.GetValue(), Qualifier: st.GetQualifier()}.Text(s.language, f.GetUnit())
	if incomplete(f) {
		text += "*"
	}
	return text
}

func (s *sheet) value(f *reportv1.Figure, a *reportv1.Amount) string {
	switch {
	case a == nil:
		return missing
	case f.GetKind() == actionv1.Indicator_MIXED_VALUE:
		return s.W.Mixed
	default:
		return figure.In(s.language, f.GetUnit(), a.GetValue())
	}
}

// split returns one row for each of the three measures.
func (s *sheet) split(f *reportv1.Figure) []row {
	var out []row
	for _, m := range s.measures(f.GetRecorded(), f.GetConfirmed()) {
		out = append(out, row{Name: m.Name, Unit: figure.MoneyUnit(s.language), Recorded: m.Recorded, Confirmed: m.Confirmed, Part: true})
	}
	return out
}

func (s *sheet) measures(recorded, confirmed *reportv1.Amount) []sum {
	money := func(fen int64) string { return figure.Money(s.language, fen) }
	return []sum{
		{s.W.Cash, money(recorded.GetCashFen()), money(confirmed.GetCashFen())},
		{s.W.Goods, money(recorded.GetGoodsFen()), money(confirmed.GetGoodsFen())},
		{s.W.Service, money(recorded.GetServiceFen()), money(confirmed.GetServiceFen())},
	}
}

func (s *sheet) totals(b *reportv1.Bulletin) {
	number := figure.Count
	reached := number(b.GetVillages())
	if n := b.GetScopeVillages(); n > 0 {
		reached = fmt.Sprintf(s.W.coverage, reached, number(n), figure.Percent((b.GetVillages()*10000+n/2)/n))
	}
	values := s.measures(b.GetRecorded(), b.GetConfirmed())
	for i := range values {
		values[i].Name = fmt.Sprintf(s.W.in, values[i].Name, figure.MoneyUnit(s.language))
	}
	s.Totals = slices.Concat(
		[]sum{{s.W.Deliveries, number(b.GetRecorded().GetDeliveries()), number(b.GetConfirmed().GetDeliveries())}},
		values,
		[]sum{{s.W.Organizations, number(b.GetOrganizations()), ""}, {s.W.VillagesReached, reached, ""}},
	)
}
