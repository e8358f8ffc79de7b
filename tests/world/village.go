package world

import villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

func villageSample() Sample {
	return Sample{
		Service: "VillageService",
		Create:  &villagev1.CreateVillageRequest{Village: &villagev1.Village{Code: Untaken, DisplayName: "示例五村"}},
		Name:    fixed("villages/" + Village),
		Filter:  "example = true", OrderBy: "code",
	}
}
