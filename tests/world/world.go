package world

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
)

// Codes of the places. Village and Neighbour share a township, Nearby is in the next county, Away in another
// prefecture.
const (
	County       = "433124"
	NearbyCounty = "433125"
	Village      = "433124101201"
	Neighbour    = "433124101202"
	Nearby       = "433125101201"
	Away         = "430524101201"
	Untaken      = "433124101203" // a division that is not registered as a village
	Township     = "433124101000" // of Village
	Ended        = "433124191000" // a township that the newest edition does not contain
	EndedToo     = "433124192000" // another one
)

// Villages returns the four villages in the campaign's scope.
func Villages() []string { return []string{Village, Neighbour, Nearby, Away} }

// Codes of the organizations: Agency is registered by the province, the others by the county. Foundation is not approved.
const (
	Association = "51433124MJJ000047Y"
	Agency      = "52430000MJJ0000201"
	Foundation  = "53433124MJJ000039X"
)

// CampaignID is the campaign's id, and Campaign its name.
const (
	CampaignID = "example"
	Campaign   = "campaigns/" + CampaignID
)

// Admin returns the grant of a province administrator for every place.
func Admin() *accessv1.Grant { return suite.Everywhere(accessv1.Grant_PROVINCE_ADMIN) }

// Team returns the grant of a village's assistance team.
func Team(village string) *accessv1.Grant { return suite.In(village, accessv1.Grant_VILLAGE_TEAM) }

// Day returns a day of the campaign's year.
func Day(month, day int32) *date.Date { return &date.Date{Year: 2019, Month: month, Day: day} }

// ID returns the same UUID for the same parts.
func ID(parts ...any) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendln(nil, parts...)).String()
}

// Build creates the world in an empty suite, as the province. A registrar approves the organizations except Foundation.
func Build(tb testing.TB, s *suite.Suite) {
	tb.Helper()
	ctx := s.As(tb, "province", Admin())
	importDivisions(ctx, tb, s)
	_, err := villagev1.NewVillageServiceClient(s.Conn).BatchCreateVillages(ctx, villages())
	must(tb, "take up villages", err)
	_, err = villagev1.NewScopeServiceClient(s.Conn).CreateScope(ctx, &villagev1.CreateScopeRequest{ScopeId: CampaignID, Scope: scope()})
	must(tb, "create scope", err)
	register := orgv1.NewOrganizationServiceClient(s.Conn)
	for _, o := range Organizations() {
		_, err = register.CreateOrganization(ctx, &orgv1.CreateOrganizationRequest{Organization: o})
		must(tb, "register organization", err)
	}
	for _, uscc := range []string{Association, Agency} {
		_, err = register.ApproveOrganization(s.As(tb, "registrar", Admin()), &orgv1.ApproveOrganizationRequest{Name: "organizations/" + uscc})
		must(tb, "approve organization", err)
	}
	_, err = orgv1.NewAccountServiceClient(s.Conn).CreateAccount(ctx, &orgv1.CreateAccountRequest{AccountId: staffID(), Account: staff()})
	must(tb, "create account", err)
	signIn(ctx, tb, s)
	_, err = actionv1.NewCampaignServiceClient(s.Conn).CreateCampaign(ctx, &actionv1.CreateCampaignRequest{
		CampaignId: CampaignID, Campaign: TheCampaign(),
	})
	must(tb, "create campaign", err)
}

// importDivisions imports two editions. The second one lacks two townships of the first.
func importDivisions(ctx context.Context, tb testing.TB, s *suite.Suite) {
	tb.Helper()
	ended := []*villagev1.Division{{Code: Ended, DisplayName: "旧示例镇"}, {Code: EndedToo, DisplayName: "旧示例乡"}}
	for _, edition := range []*villagev1.ImportDivisionsRequest{
		{Divisions: append(divisions(), ended...), Edition: "2017-10-31", Complete: true},
		{Divisions: divisions(), Edition: "2018-10-31", Complete: true},
	} {
		_, err := villagev1.NewDivisionServiceClient(s.Conn).ImportDivisions(ctx, edition)
		must(tb, "import divisions", err)
	}
}

func must(tb testing.TB, what string, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
}

// divisions returns the divisions from the province down to the villages.
func divisions() []*villagev1.Division {
	var list []*villagev1.Division
	for _, d := range [][2]string{
		{"430000000000", "湖南省"}, {"430500000000", "邵阳市"}, {"433100000000", "湘西州"},
		{"430524000000", "隆回县"}, {"433124000000", "花垣县"}, {"433125000000", "保靖县"},
		{"430524101000", "示例镇"}, {"433124101000", "示例镇"}, {"433125101000", "示例镇"},
		{Village, "示例一村"}, {Neighbour, "示例二村"}, {Nearby, "示例三村"}, {Away, "示例四村"}, {Untaken, "示例五村"},
	} {
		list = append(list, &villagev1.Division{Code: d[0], DisplayName: d[1]})
	}
	return list
}

func villages() *villagev1.BatchCreateVillagesRequest {
	r := &villagev1.BatchCreateVillagesRequest{}
	for _, code := range Villages() {
		r.Requests = append(r.Requests, &villagev1.CreateVillageRequest{Village: &villagev1.Village{Code: code, Example: true}})
	}
	return r
}

func scope() *villagev1.Scope {
	s := &villagev1.Scope{DisplayName: "示例范围", DisplayNameEn: "Example scope"}
	for _, code := range Villages() {
		s.Members = append(s.Members, &villagev1.ScopeMember{Village: "villages/" + code, ValidFrom: Day(1, 1)})
	}
	return s
}

// Organizations returns the three organizations as they are registered.
func Organizations() []*orgv1.Organization {
	o := func(uscc, name string, t orgv1.Organization_Type, level orgv1.Organization_Level, division string) *orgv1.Organization {
		return &orgv1.Organization{
			Uscc: uscc, DisplayName: name, Type: t, Level: level, Division: "divisions/" + division,
			Contact: &orgv1.Contact{Person: "示例联系人", Phone: "000 0000 0000"},
		}
	}
	return []*orgv1.Organization{
		o(Association, "示例协会", orgv1.Organization_SOCIAL_GROUP, orgv1.Organization_COUNTY, "433124000000"),
		o(Agency, "示例服务中心", orgv1.Organization_SERVICE_AGENCY, orgv1.Organization_PROVINCIAL, "430000000000"),
		o(Foundation, "示例基金会", orgv1.Organization_FOUNDATION, orgv1.Organization_COUNTY, "433124000000"),
	}
}

// TheCampaign returns a campaign with every kind of indicator, and formulas over every source.
func TheCampaign() *actionv1.Campaign {
	i := func(id, group, unit string, k actionv1.Indicator_Kind, f *actionv1.Formula) *actionv1.Indicator {
		return &actionv1.Indicator{Id: id, Group: group, DisplayName: "指标" + id, DisplayNameEn: "indicator " + id, Unit: unit, Kind: k, Formula: f}
	}
	const count, deliveries, different = actionv1.Indicator_COUNT, actionv1.Formula_DELIVERIES, actionv1.Formula_DISTINCT
	operations := &actionv1.Formula{Of: actionv1.Formula_SUM_QUANTITY, Source: deliveries, Named: true}
	money := &actionv1.Formula{Of: actionv1.Formula_SUM_FEN, Source: deliveries, Named: true}
	organizations := &actionv1.Formula{Of: different, Source: deliveries, Dimension: actionv1.Formula_ORGANIZATION}
	headline := &actionv1.Formula{Of: actionv1.Formula_SUM_FEN, Source: deliveries}
	scope := func(d actionv1.Formula_Dimension) *actionv1.Formula {
		return &actionv1.Formula{Of: different, Source: actionv1.Formula_SCOPE_MEMBERS, Dimension: d}
	}
	return &actionv1.Campaign{
		DisplayName: "示例行动", DisplayNameEn: "Example campaign", Scope: "scopes/" + CampaignID,
		StartDate: Day(5, 1), EndDate: Day(12, 20),
		Actions: []*actionv1.Action{{Id: "bright", DisplayName: "光明行"}, {Id: "hope", DisplayName: "希望行"}},
		Headings: []*actionv1.Heading{
			{Id: "scope", DisplayName: "范围"}, {Id: "mobilisation", DisplayName: "动员"}, {Id: "all", DisplayName: "合计"},
		},
		Indicators: []*actionv1.Indicator{
			i("SC01", "scope", "village", count, scope(actionv1.Formula_VILLAGE)),
			i("SC02", "scope", "county", count, scope(actionv1.Formula_COUNTY)),
			i("SC03", "scope", "prefecture", count, scope(actionv1.Formula_PREFECTURE)),
			i("SC04", "scope", "action", count, &actionv1.Formula{Of: actionv1.Formula_COUNT, Source: actionv1.Formula_ACTIONS}),
			i("MB02", "mobilisation", "organization", actionv1.Indicator_DISTINCT, organizations),
			i("CM01", "mobilisation", "person", count, nil),
			i("TT01", "all", "CNY", actionv1.Indicator_CASH_VALUE, headline),
			i("TT02", "all", "CNY", actionv1.Indicator_GOODS_VALUE, headline),
			i("TT03", "all", "CNY", actionv1.Indicator_SERVICE_VALUE, headline),
			i("PV05", "all", "CNY", actionv1.Indicator_MIXED_VALUE, headline),
			i("BR02", "bright", "person", count, operations),
			i("BR03", "bright", "operation", count, operations),
			i("BR04", "bright", "CNY", actionv1.Indicator_UNSTATED_VALUE, money),
			i("HP02", "hope", "CNY", actionv1.Indicator_GOODS_VALUE, money),
			i("HP04", "hope", "CNY", actionv1.Indicator_CASH_VALUE, money),
		},
		NeedCategories: []*actionv1.NeedCategory{{Id: "cataract_patients", DisplayName: "白内障患者", Unit: "person", Action: "bright"}},
	}
}

// Operations returns a delivery of n sight-restoring operations by the association in the village.
func Operations(village string, n int64) *actionv1.Delivery {
	return &actionv1.Delivery{
		Action: "bright", Indicator: "BR03", Organization: "organizations/" + Association, Village: "villages/" + village,
		DeliveryDate: Day(8, 20), Quantity: n, Beneficiaries: n,
	}
}

// Cash returns a delivery of money by the agency in the village.
func Cash(village string, fen int64) *actionv1.Delivery {
	return &actionv1.Delivery{
		Action: "hope", Indicator: "HP04", Organization: "organizations/" + Agency, Village: "villages/" + village,
		DeliveryDate: Day(9, 1), ValueFen: fen, Measure: actionv1.Delivery_CASH,
	}
}

// Goods returns a delivery of goods by the association for the village.
func Goods(village string, fen int64) *actionv1.Delivery {
	return &actionv1.Delivery{
		Action: "hope", Indicator: "HP02", Organization: "organizations/" + Association, Village: "villages/" + village,
		DeliveryDate: Day(10, 7), ValueFen: fen, Measure: actionv1.Delivery_GOODS,
	}
}

// Duplicate is the code of the question about a delivery or need that resembles an existing one.
const Duplicate = "LIKELY_DUPLICATE"

// Record records a delivery as a subject and returns it. Its id is derived from the key, so equal deliveries can be
// recorded under different keys.
func Record(tb testing.TB, s *suite.Suite, by string, key string, d *actionv1.Delivery) *actionv1.Delivery {
	tb.Helper()
	recorded, err := actionv1.NewDeliveryServiceClient(s.Conn).CreateDelivery(s.As(tb, by, Admin()), &actionv1.CreateDeliveryRequest{
		Parent: Campaign, Delivery: d, DeliveryId: ID("delivery", key), RequestId: ID("record", key), Acknowledge: []string{Duplicate},
	})
	must(tb, "record delivery", err)
	return recorded
}

// Refused fails the test unless err has the code.
func Refused(tb testing.TB, what string, err error, want codes.Code) {
	tb.Helper()
	if got := status.Code(err); got != want {
		tb.Errorf("%s: %v, want %s", what, err, want)
	}
}
