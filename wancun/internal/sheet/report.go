package sheet

import (
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/day"
)

func (c *conversion) statements() *reportv1.BatchCreateStatementsRequest {
	requests := each(c, (*row).statement)
	return &reportv1.BatchCreateStatementsRequest{
		Parent:    c.campaign,
		Requests:  requests,
		RequestId: c.requestID(), ValidateOnly: c.defaults.ValidateOnly, SkipIdentical: true,
	}
}

func (r *row) statement() *reportv1.CreateStatementRequest {
	s := &reportv1.Statement{
		Indicator:    r.token("code"),
		Qualifier:    chosen[reportv1.Statement_Qualifier](r, "qualifier"),
		Unit:         unit(r.required("unit")),
		AsOf:         r.day("as_of"),
		Completeness: chosen[reportv1.Statement_Completeness](r, "completeness"),
		Source:       r.text("source"),
		Note:         r.text("note"),
	}
	if s.GetUnit() == "CNY" {
		s.Value = r.hundredths("value") // the contract has money in fen
	} else {
		s.Value = r.whole("value")
	}
	r.completeStatement(s)
	r.onlyOnce("code", s.GetIndicator()+" "+day.Number(s.GetAsOf()).String())
	return &reportv1.CreateStatementRequest{Parent: r.filedUnder(), Statement: s}
}

// completeStatement sets the fields of a statement that the defaults give for the whole file.
func (r *row) completeStatement(s *reportv1.Statement) {
	if r.text("as_of") == "" {
		s.AsOf = r.defaults.AsOf
		if s.GetAsOf() == nil {
			r.report("as_of", "the row names no day that the figure speaks of, and %s was not given", flagAsOf)
		}
	}
	if r.text("completeness") == "" {
		s.Completeness = r.defaults.Completeness
		if s.GetCompleteness() == reportv1.Statement_COMPLETENESS_UNSPECIFIED {
			s.Completeness = reportv1.Statement_COMPLETE
		}
	}
	if s.GetSource() == "" {
		s.Source = r.defaults.Source
		if s.GetSource() == "" {
			r.report("source", "the row names no source, and %s was not given", flagSource)
		}
	}
}
