package world

import (
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

func bulletinSample() Sample {
	return Sample{
		Service: "BulletinService",
		Others: map[string]proto.Message{
			"GetBulletin": &reportv1.GetBulletinRequest{
				Name: Campaign + "/bulletin", AtLeast: []string{"logs/action:1", "logs/village:1"},
			},
			"RenderBulletin": &reportv1.RenderBulletinRequest{
				Name: Campaign + "/bulletin", Language: reportv1.RenderBulletinRequest_ENGLISH,
				Format: reportv1.RenderBulletinRequest_TEXT, AtLeast: []string{"logs/org:1"},
			},
			"ListFigureEntries": &reportv1.ListFigureEntriesRequest{Parent: Campaign + "/figures/BR03", PageSize: 10},
			"GetOverview":       &reportv1.GetOverviewRequest{Name: Campaign + "/overview"},
		},
	}
}
