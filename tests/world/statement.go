package world

import reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

func statementSample() Sample {
	changed := stating("")
	changed.AsOf = nil
	return Sample{
		Service: "StatementService",
		Create: &reportv1.CreateStatementRequest{
			Parent: Campaign, Statement: stating("BR02"), Acknowledge: []string{"IMPLAUSIBLE_VALUE"},
		},
		There:      &reportv1.CreateStatementRequest{Parent: Campaign, Statement: stating("CM01")},
		Name:       fixed(Campaign + "/statements/cm01-2019-12-20"),
		Change:     changed,
		ListParent: "campaigns/-",
		Filter:     "value > 1", OrderBy: "as_of desc",
	}
}

func stating(indicator string) *reportv1.Statement {
	return &reportv1.Statement{
		Indicator: indicator, Value: 7, Qualifier: reportv1.Statement_EXACT, Unit: "person", AsOf: Day(12, 20),
		Completeness: reportv1.Statement_COMPLETE, Source: "示例", Note: "示例",
	}
}
