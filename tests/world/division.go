package world

import (
	"google.golang.org/protobuf/proto"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

func divisionSample() Sample {
	return Sample{
		Service: "DivisionService",
		Name:    fixed("divisions/" + Village),
		Filter:  "level = COUNTY", OrderBy: "code",
		Others: map[string]proto.Message{
			"ImportDivisions": &villagev1.ImportDivisionsRequest{
				Divisions: []*villagev1.Division{{
					Code: Village, DisplayName: "示例一村", DisplayNameEn: "Example", Level: villagev1.Division_VILLAGE,
					Parent: "divisions/" + Township, Kind: "villagers_committee",
				}},
				Edition: "2018-10-31", RequestId: ID("import"), ValidateOnly: true,
			},
			"LookupDivision": &villagev1.LookupDivisionRequest{
				County: "divisions/" + County + "000000", Township: "示例镇", DisplayName: "示例一村",
			},
		},
	}
}
