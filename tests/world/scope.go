package world

import villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

func scopeSample() Sample {
	return Sample{
		Service: "ScopeService",
		Create:  &villagev1.CreateScopeRequest{Scope: scope(), ScopeId: "another"},
		Name:    fixed("scopes/" + CampaignID),
		Change:  scope(),
		OrderBy: "display_name",
	}
}
