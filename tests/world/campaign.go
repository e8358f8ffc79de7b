package world

import actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

func campaignSample() Sample {
	return Sample{
		Service: "CampaignService",
		Create:  &actionv1.CreateCampaignRequest{Campaign: TheCampaign(), CampaignId: "another"},
		Name:    fixed(Campaign),
		Change:  TheCampaign(),
		OrderBy: "display_name",
	}
}
