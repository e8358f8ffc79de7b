package world

import (
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

func figureSample() Sample {
	return Sample{
		Service: "FigureService",
		Others: map[string]proto.Message{
			"QueryFigures": &reportv1.QueryFiguresRequest{
				Parent: Campaign, Source: actionv1.Formula_DELIVERIES, GroupBy: []string{"month", "county"}, Filter: `measure = CASH`,
				Dimension: actionv1.Formula_ORGANIZATION, OrderBy: "cash_fen desc", PageSize: 10,
			},
			"CompareFigures": &reportv1.CompareFiguresRequest{
				Parent: Campaign, Source: actionv1.Formula_DELIVERIES, Filter: `measure = CASH`, Before: "logs/action:1", PageSize: 10,
			},
		},
	}
}
