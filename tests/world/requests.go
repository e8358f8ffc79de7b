package world

import (
	"slices"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
)

// Newcomer is a valid code of an organization that is not registered.
const Newcomer = "51433124MJJ0002076"

// Requests returns a valid request for every RPC, by its short name. Every call makes new requests. They name the
// village and the association; an approval names the foundation. Creations are only validated. Each RPC on an existing
// need or delivery has a resource of its own (needOf, deliveryOf), which Prepare creates.
func Requests() map[string]proto.Message {
	all := map[string]proto.Message{}
	for _, part := range []map[string]proto.Message{orgRequests(), villageRequests(), successionRequests(), needRequests(), actionRequests(), reportRequests(), journalRequests()} {
		for name, request := range part {
			all[name] = request
		}
	}
	return all
}

func orgRequests() map[string]proto.Message {
	const association = "organizations/" + Association
	create := func() *orgv1.CreateOrganizationRequest {
		o := Organizations()[0]
		o.Uscc, o.DisplayNameEn, o.SupervisingBody = Newcomer, "Example", "示例单位"
		return &orgv1.CreateOrganizationRequest{Organization: o, RequestId: ID("create"), ValidateOnly: true}
	}
	changed := Organizations()[0]
	changed.Name, changed.Uscc, changed.DisplayNameEn, changed.SupervisingBody = association, "", "Example", "示例单位"
	changed.Type = 0
	return map[string]proto.Message{
		"OrganizationService.CreateOrganization": create(),
		"OrganizationService.BatchCreateOrganizations": &orgv1.BatchCreateOrganizationsRequest{
			Requests: []*orgv1.CreateOrganizationRequest{create()}, RequestId: ID("batch"), ValidateOnly: true,
		},
		"OrganizationService.GetOrganization":       &orgv1.GetOrganizationRequest{Name: association},
		"OrganizationService.BatchGetOrganizations": &orgv1.BatchGetOrganizationsRequest{Names: []string{association}},
		"OrganizationService.ListOrganizations":     &orgv1.ListOrganizationsRequest{PageSize: 10, Filter: `level = COUNTY`, OrderBy: "uscc"},
		"OrganizationService.UpdateOrganization": &orgv1.UpdateOrganizationRequest{
			Organization: changed,
			UpdateMask:   mask("display_name", "display_name_en", "level", "division", "supervising_body", "contact"),
		},
		"OrganizationService.ApproveOrganization":      &orgv1.ApproveOrganizationRequest{Name: "organizations/" + Foundation},
		"OrganizationService.EraseOrganizationContact": &orgv1.EraseOrganizationContactRequest{Name: association},
	}
}

func villageRequests() map[string]proto.Message {
	const village = "villages/" + Village
	create := func() *villagev1.CreateVillageRequest {
		return &villagev1.CreateVillageRequest{
			Village: &villagev1.Village{Code: Untaken, DisplayName: "示例五村"}, RequestId: ID("village"), ValidateOnly: true,
		}
	}
	made := scope()
	changed := scope()
	changed.Name = "scopes/" + CampaignID
	return map[string]proto.Message{
		"DivisionService.ImportDivisions": &villagev1.ImportDivisionsRequest{
			Divisions: []*villagev1.Division{{
				Code: Village, DisplayName: "示例一村", DisplayNameEn: "Example", Level: villagev1.Division_VILLAGE,
				Parent: "divisions/433124101000", Kind: "villagers_committee",
			}},
			Edition: "2018-10-31", RequestId: ID("import"), ValidateOnly: true,
		},
		"DivisionService.GetDivision":       &villagev1.GetDivisionRequest{Name: "divisions/" + Village},
		"DivisionService.BatchGetDivisions": &villagev1.BatchGetDivisionsRequest{Names: []string{"divisions/" + Village}},
		"DivisionService.ListDivisions":     &villagev1.ListDivisionsRequest{PageSize: 10, Filter: `level = COUNTY`, OrderBy: "code"},
		"DivisionService.LookupDivision": &villagev1.LookupDivisionRequest{
			County: "divisions/433124000000", Township: "示例镇", DisplayName: "示例一村",
		},
		"VillageService.CreateVillage": create(),
		"VillageService.BatchCreateVillages": &villagev1.BatchCreateVillagesRequest{
			Requests: []*villagev1.CreateVillageRequest{create()}, RequestId: ID("villages"), ValidateOnly: true,
		},
		"VillageService.GetVillage":       &villagev1.GetVillageRequest{Name: village},
		"VillageService.BatchGetVillages": &villagev1.BatchGetVillagesRequest{Names: []string{village}},
		"VillageService.ListVillages":     &villagev1.ListVillagesRequest{PageSize: 10, Filter: `example = true`, OrderBy: "code"},
		"ScopeService.CreateScope":        &villagev1.CreateScopeRequest{Scope: made, ScopeId: "another", RequestId: ID("scope"), ValidateOnly: true},
		"ScopeService.GetScope":           &villagev1.GetScopeRequest{Name: "scopes/" + CampaignID},
		"ScopeService.ListScopes":         &villagev1.ListScopesRequest{PageSize: 10, OrderBy: "display_name"},
		"ScopeService.UpdateScope": &villagev1.UpdateScopeRequest{
			Scope: changed, UpdateMask: mask("display_name", "display_name_en", "members"),
		},
	}
}

// successionOf returns the succession of a township that was merged into the township of the village.
func successionOf(township string) *villagev1.Succession {
	return &villagev1.Succession{
		Predecessor: "divisions/" + township, Successor: "divisions/" + Township, Kind: villagev1.Succession_MERGE,
		EffectiveDate: &date.Date{Year: 2018, Month: 10, Day: 31}, SourceNote: "示例批复",
	}
}

func successionRequests() map[string]proto.Message {
	create := func() *villagev1.CreateSuccessionRequest {
		return &villagev1.CreateSuccessionRequest{Succession: successionOf(EndedToo), RequestId: ID("succession"), ValidateOnly: true}
	}
	changed := successionOf(Ended)
	changed.Name, changed.Predecessor, changed.SourceNote = "successions/"+Ended, "", "示例批复二"
	return map[string]proto.Message{
		"SuccessionService.CreateSuccession": create(),
		"SuccessionService.BatchCreateSuccessions": &villagev1.BatchCreateSuccessionsRequest{
			Requests: []*villagev1.CreateSuccessionRequest{create()}, RequestId: ID("successions"), ValidateOnly: true,
		},
		"SuccessionService.GetSuccession":   &villagev1.GetSuccessionRequest{Name: "successions/" + Ended},
		"SuccessionService.ListSuccessions": &villagev1.ListSuccessionsRequest{PageSize: 10, Filter: `kind = MERGE`, OrderBy: "effective_date"},
		"SuccessionService.UpdateSuccession": &villagev1.UpdateSuccessionRequest{
			Succession: changed, UpdateMask: mask("successor", "kind", "effective_date", "source_note", "withdrawn"),
		},
	}
}

// needOf and deliveryOf return the names of the resources that Prepare creates for one RPC.
func needOf(rpc string) string { return "villages/" + Village + "/needs/" + ID("need", rpc) }

func deliveryOf(rpc string) string { return Campaign + "/deliveries/" + ID("delivery", rpc) }

func aNeed() *villagev1.Need {
	return &villagev1.Need{Category: "cataract_patients", Quantity: 3, Unit: "person", Description: "示例", SurveyDate: Day(6, 1)}
}

func needRequests() map[string]proto.Message {
	create := func() *villagev1.CreateNeedRequest {
		return &villagev1.CreateNeedRequest{
			Parent: "villages/" + Village, Need: aNeed(), NeedId: ID("new need"), RequestId: ID("need"), ValidateOnly: true,
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY"},
		}
	}
	changed := aNeed()
	changed.Name = needOf("UpdateNeed")
	return map[string]proto.Message{
		"NeedService.CreateNeed": create(),
		"NeedService.BatchCreateNeeds": &villagev1.BatchCreateNeedsRequest{
			Parent: "villages/-", Requests: []*villagev1.CreateNeedRequest{create()}, RequestId: ID("needs"), ValidateOnly: true,
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY"},
		},
		"NeedService.GetNeed":   &villagev1.GetNeedRequest{Name: needOf("GetNeed")},
		"NeedService.ListNeeds": &villagev1.ListNeedsRequest{Parent: "villages/-", PageSize: 10, Filter: `unit = "person"`, OrderBy: "quantity desc"},
		"NeedService.UpdateNeed": &villagev1.UpdateNeedRequest{
			Need: changed, UpdateMask: mask("category", "quantity", "unit", "description", "survey_date"),
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY"},
		},
		"NeedService.SubmitNeed": &villagev1.SubmitNeedRequest{Name: needOf("SubmitNeed")},
		"NeedService.VerifyNeed": &villagev1.VerifyNeedRequest{Name: needOf("VerifyNeed")},
		"NeedService.ReturnNeed": &villagev1.ReturnNeedRequest{Name: needOf("ReturnNeed"), Reason: "示例"},
	}
}

func actionRequests() map[string]proto.Message {
	campaign := TheCampaign()
	campaign.Name = Campaign
	create := func() *actionv1.CreateDeliveryRequest {
		return &actionv1.CreateDeliveryRequest{
			Parent: Campaign, Delivery: Operations(Village, 1), DeliveryId: ID("new delivery"), RequestId: ID("delivery"), ValidateOnly: true,
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY", "IMPLAUSIBLE_BENEFICIARIES"},
		}
	}
	changed := Operations(Village, 2)
	changed.Name, changed.Organization, changed.Village, changed.Note = deliveryOf("UpdateDelivery"), "", "", "示例"
	return map[string]proto.Message{
		"CampaignService.CreateCampaign": &actionv1.CreateCampaignRequest{
			Campaign: TheCampaign(), CampaignId: "another", RequestId: ID("campaign"), ValidateOnly: true,
		},
		"CampaignService.GetCampaign":   &actionv1.GetCampaignRequest{Name: Campaign},
		"CampaignService.ListCampaigns": &actionv1.ListCampaignsRequest{PageSize: 10, OrderBy: "display_name"},
		"CampaignService.UpdateCampaign": &actionv1.UpdateCampaignRequest{
			Campaign:   campaign,
			UpdateMask: mask("display_name", "display_name_en", "issuer", "issuer_en", "start_date", "end_date", "actions", "headings", "indicators", "need_categories", "example_note", "example_note_en"),
		},
		"DeliveryService.CreateDelivery": create(),
		"DeliveryService.BatchCreateDeliveries": &actionv1.BatchCreateDeliveriesRequest{
			Parent: Campaign, Requests: []*actionv1.CreateDeliveryRequest{create()}, RequestId: ID("deliveries"), ValidateOnly: true,
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_VALUE_FEN"},
		},
		"DeliveryService.GetDelivery":    &actionv1.GetDeliveryRequest{Name: deliveryOf("GetDelivery")},
		"DeliveryService.ListDeliveries": &actionv1.ListDeliveriesRequest{Parent: Campaign, PageSize: 10, Filter: `state = RECORDED`, OrderBy: "delivery_date desc"},
		"DeliveryService.UpdateDelivery": &actionv1.UpdateDeliveryRequest{
			Delivery:    changed,
			UpdateMask:  mask("action", "indicator", "delivery_date", "quantity", "value_fen", "measure", "beneficiaries", "note"),
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_QUANTITY"},
		},
		"DeliveryService.ConfirmDelivery": &actionv1.ConfirmDeliveryRequest{Name: deliveryOf("ConfirmDelivery")},
		"DeliveryService.DisputeDelivery": &actionv1.DisputeDeliveryRequest{Name: deliveryOf("DisputeDelivery"), Reason: "示例"},
		"DeliveryService.VoidDelivery":    &actionv1.VoidDeliveryRequest{Name: deliveryOf("VoidDelivery"), Reason: "示例"},
	}
}

func stating(indicator string) *reportv1.Statement {
	return &reportv1.Statement{
		Indicator: indicator, Value: 7, Qualifier: reportv1.Statement_EXACT, Unit: "person", AsOf: Day(12, 20),
		Completeness: reportv1.Statement_COMPLETE, Source: "示例", Note: "示例",
	}
}

func reportRequests() map[string]proto.Message {
	create := func() *reportv1.CreateStatementRequest {
		return &reportv1.CreateStatementRequest{Parent: Campaign, Statement: stating("BR02"), RequestId: ID("statement"), ValidateOnly: true, Acknowledge: []string{"IMPLAUSIBLE_VALUE"}}
	}
	changed := stating("CM01")
	changed.Name, changed.Indicator, changed.AsOf = statement, "", nil
	return map[string]proto.Message{
		"StatementService.CreateStatement": create(),
		"StatementService.BatchCreateStatements": &reportv1.BatchCreateStatementsRequest{
			Parent: Campaign, Requests: []*reportv1.CreateStatementRequest{create()}, RequestId: ID("statements"), ValidateOnly: true,
			Acknowledge: []string{"IMPLAUSIBLE_VALUE"},
		},
		"StatementService.GetStatement":   &reportv1.GetStatementRequest{Name: statement},
		"StatementService.ListStatements": &reportv1.ListStatementsRequest{Parent: "campaigns/-", PageSize: 10, Filter: `value > 1`, OrderBy: "as_of desc"},
		"StatementService.UpdateStatement": &reportv1.UpdateStatementRequest{
			Statement: changed, UpdateMask: mask("value", "qualifier", "unit", "completeness", "source", "note"),
			Acknowledge: []string{"IMPLAUSIBLE_VALUE"},
		},
		"BulletinService.GetBulletin": &reportv1.GetBulletinRequest{Name: Campaign + "/bulletin", AtLeast: []string{"logs/action:1", "logs/village:1"}},
		"BulletinService.RenderBulletin": &reportv1.RenderBulletinRequest{
			Name: Campaign + "/bulletin", Language: reportv1.RenderBulletinRequest_ENGLISH, Format: reportv1.RenderBulletinRequest_TEXT, AtLeast: []string{"logs/org:1"},
		},
		"BulletinService.ListFigureEntries": &reportv1.ListFigureEntriesRequest{Parent: Campaign + "/figures/BR03", PageSize: 10},
		"BulletinService.GetOverview":       &reportv1.GetOverviewRequest{Name: Campaign + "/overview"},
	}
}

func journalRequests() map[string]proto.Message {
	const log = "logs/org"
	return map[string]proto.Message{
		"JournalService.Read":                &journalv1.ReadRequest{Log: log, Limit: 1, Decode: true},
		"JournalService.GetCheckpoint":       &journalv1.GetCheckpointRequest{Log: log, Size: 1},
		"JournalService.GetInclusionProof":   &journalv1.GetInclusionProofRequest{Log: log, Position: 1, Size: 1},
		"JournalService.GetConsistencyProof": &journalv1.GetConsistencyProofRequest{Log: log, OldSize: 1, Size: 1},
	}
}

const statement = Campaign + "/statements/cm01-2019-12-20"

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

// Prepare creates the resources that Requests name, in a world that was just built: a succession, a need or a delivery
// for every RPC on an existing one, and a statement.
func Prepare(tb testing.TB, s *suite.Suite) {
	tb.Helper()
	_, err := villagev1.NewSuccessionServiceClient(s.Conn).CreateSuccession(s.As(tb, "province", Admin()), &villagev1.CreateSuccessionRequest{
		Succession: successionOf(Ended),
	})
	must(tb, "record succession", err)
	answering := []string{"VerifyNeed", "ReturnNeed"} // they need a submitted need; other RPCs get a draft
	surveyor, needs := s.As(tb, "surveyor", Admin()), villagev1.NewNeedServiceClient(s.Conn)
	for _, rpc := range speakingOf(villagev1.File_wancun_village_v1_need_proto.Services().ByName("NeedService"), "needs") {
		name := needOf(rpc)
		_, err := needs.CreateNeed(surveyor, &villagev1.CreateNeedRequest{
			Parent: "villages/" + Village, Need: aNeed(), NeedId: Short(name), Acknowledge: []string{Duplicate},
		})
		must(tb, "create need", err)
		if slices.Contains(answering, rpc) {
			_, err := needs.SubmitNeed(surveyor, &villagev1.SubmitNeedRequest{Name: name})
			must(tb, "submit need", err)
		}
	}
	for _, rpc := range speakingOf(actionv1.File_wancun_action_v1_delivery_proto.Services().ByName("DeliveryService"), "deliveries") {
		Record(tb, s, "recorder", rpc, Operations(Village, 1))
	}
	Bulletin(tb, s, Campaign) // waits until report knows the campaign
	_, err = reportv1.NewStatementServiceClient(s.Conn).CreateStatement(
		s.As(tb, "province", suite.Everywhere(accessv1.Grant_PROVINCE_ADMIN)),
		&reportv1.CreateStatementRequest{Parent: Campaign, Statement: stating("CM01")})
	must(tb, "state a figure", err)
}
