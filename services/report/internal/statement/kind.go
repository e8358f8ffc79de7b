package statement

import (
	"strings"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// kind declares the statement. It belongs to no place: callers that the policy admits can read and write all
// statements.
func kind(campaigns resource.Parents) resource.Kind[*reportv1.Statement] {
	type s = *reportv1.Statement
	return resource.Kind[s]{
		Table:     "statements",
		Parents:   campaigns,
		Belongs:   resource.Nationwide(),
		OpenReads: true,
		ID:        idOf,
		Columns: []resource.Column[s]{
			resource.Text("campaign", func(m s) string { return resource.Parent(m.GetName()) }).Matching(resourcev1.E_CampaignName),
			resource.Text("indicator", s.GetIndicator),
			resource.Integer("value", s.GetValue),
			resource.Enum("qualifier", s.GetQualifier),
			resource.Date("as_of", s.GetAsOf),
			resource.Enum("completeness", s.GetCompleteness),
		},
		Questions: []resource.Question[s]{{Code: fault.CodeImplausible("value"), Field: "value", Asks: Implausible}},
	}
}

// idOf returns the id of a statement, which consists of its indicator and its date.
func idOf(m *reportv1.Statement) string {
	return strings.ToLower(m.GetIndicator()) + "-" + day.Number(m.GetAsOf()).String()
}
