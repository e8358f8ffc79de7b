package bulletin

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

const (
	count    = actionv1.Indicator_COUNT
	distinct = actionv1.Indicator_DISTINCT
	cash     = actionv1.Indicator_CASH_VALUE
	goods    = actionv1.Indicator_GOODS_VALUE
	service  = actionv1.Indicator_SERVICE_VALUE
	mixed    = actionv1.Indicator_MIXED_VALUE
	unstated = actionv1.Indicator_UNSTATED_VALUE

	exact    = reportv1.Statement_EXACT
	moreThan = reportv1.Statement_MORE_THAN
	nearly   = reportv1.Statement_NEARLY
)

// The sources of the figures in the notice.
const (
	statedOnly = iota
	deliveries
	headlines
	provincial
	scopes
	actions
)

// formulaOf returns the formula of an indicator with this source.
func formulaOf(r noticeRow) *actionv1.Formula {
	f := &actionv1.Formula{Of: actionv1.Formula_SUM_FEN, Source: actionv1.Formula_DELIVERIES, Named: r.basis == deliveries}
	switch {
	case r.basis == statedOnly:
		return nil
	case r.basis == provincial:
		f.Of, f.Dimension, f.Filter = actionv1.Formula_DISTINCT, actionv1.Formula_ORGANIZATION, "organization.level = PROVINCIAL"
	case r.basis == scopes:
		f.Of, f.Source = actionv1.Formula_COUNT, actionv1.Formula_SCOPE_MEMBERS
	case r.basis == actions:
		f.Of, f.Source = actionv1.Formula_COUNT, actionv1.Formula_ACTIONS
	case r.unit != figure.CNY:
		f.Of = actionv1.Formula_SUM_QUANTITY
	}
	return f
}

// noticeRow is a figure in the notice of December 2019.
type noticeRow struct {
	id, group, zh, en, unitZh, unit string
	kind                            actionv1.Indicator_Kind
	basis                           int
	qualifier                       reportv1.Statement_Qualifier
	value                           int64 // CNY, not fen
	note                            string
}

func notice() []noticeRow {
	const cny = figure.CNY
	return []noticeRow{
		{"SC01", "scope", "深度贫困村", "deeply poor villages in scope", "个", "village", count, scopes, exact, 153, ""},
		{"SC02", "scope", "未摘帽县", "counties not yet delisted", "个", "county", count, scopes, exact, 19, ""},
		{"SC03", "scope", "市州", "prefectures", "个", "prefecture", count, scopes, exact, 5, ""},
		{"SC04", "scope", "专项行动", "special actions", "个", "action", count, actions, exact, 5, ""},
		{"MB01", "mobilisation", "动员大会参会负责人", "leaders at the 2019-08-20 meeting", "人", "person", count, statedOnly, moreThan, 300, ""},
		{"MB02", "mobilisation", "直接参与的省级社会组织", "provincial organizations taking part directly", "家", "organization", distinct, provincial, moreThan, 500, ""},
		{"MB03", "party", "社会组织党支部", "party branches in the action teams", "个", "branch", distinct, statedOnly, moreThan, 260, ""},
		{"MB04", "party", "党员", "party members in the action teams", "人", "person", count, statedOnly, moreThan, 1000, ""},
		{"CM01", "commendation", "2018年全省百名扶贫人物", "leaders named in the 2018 top-100 list", "人", "person", count, statedOnly, exact, 6, ""},
		{"CM02", "commendation", "2019年推荐参评", "leaders recommended for the 2019 list", "人", "person", count, statedOnly, exact, 4, ""},
		{"CM03", "commendation", "先进社会组织", "advanced social organizations commended", "家", "organization", count, statedOnly, exact, 145, ""},
		{"TT01", "total", "现金捐赠", "cash donations", "元", cny, cash, headlines, moreThan, 7000000, ""},
		{"TT02", "total", "物资折价", "goods, at value", "元", cny, goods, headlines, moreThan, 13000000, ""},
		{"TT03", "total", "医疗救助服务价值", "medical assistance services, at value", "元", cny, service, headlines, moreThan, 30000000, "not a donation receipt"},
		{"BR01", "bright", "义诊活动", "volunteer clinics", "场", "session", count, deliveries, moreThan, 40, ""},
		{"BR02", "bright", "白内障筛查", "people screened for cataract", "人", "person", count, deliveries, moreThan, 15000, ""},
		{"BR03", "bright", "复明手术", "sight-restoring operations", "例", "operation", count, deliveries, exact, 1459, "operations, not persons"},
		{"SW01", "sweet", "糖尿病筛查", "people screened for diabetes", "人", "person", count, deliveries, moreThan, 23000, ""},
		{"SW02", "sweet", "科普资料", "health-education leaflets handed out", "份", "copy", count, deliveries, moreThan, 10000, ""},
		{"SW03", "sweet", "培训村医", "village doctors trained", "人", "person", count, deliveries, exact, 152, ""},
		{"SW04", "sweet", "救助肾病患者", "aid to kidney-disease patients", "元", cny, unstated, deliveries, moreThan, 300000, ""},
		{"HP01", "hope", "校服", "school uniforms", "套", "set", count, deliveries, moreThan, 3000, ""},
		{"HP02", "hope", "体育学习器材折价", "sports and learning equipment, at value", "元", cny, goods, deliveries, moreThan, 13000000, ""},
		{"HP03", "hope", "资助困难学生", "students subsidised", "人", "person", count, deliveries, moreThan, 1000, ""},
		{"HP04", "hope", "发放现金", "cash paid out", "元", cny, cash, deliveries, exact, 580000, ""},
		{"AG01", "agritech", "化肥农药", "fertiliser and pesticide, at value", "元", cny, goods, deliveries, moreThan, 700000, ""},
		{"AG02", "agritech", "小型农机", "small farm machines", "台(套)", "unit", count, deliveries, exact, 200, ""},
		{"AG03", "agritech", "农技专家", "agricultural experts sent", "人", "person", distinct, deliveries, exact, 59, ""},
		{"AG04", "agritech", "到村技术指导", "expert visits to villages", "次", "visit", count, deliveries, moreThan, 200, ""},
		{"AG05", "agritech", "农技服务指南", "service guides compiled", "册", "copy", count, deliveries, moreThan, 4000, ""},
		{"AG06", "agritech", "农技培训", "agricultural trainings", "场", "session", count, deliveries, moreThan, 300, "sessions or attendances: unclear"},
		{"HH01", "handinhand", "资助贫困家庭", "poor households paired and funded", "户", "household", distinct, deliveries, exact, 753, ""},
		{"HH02", "handinhand", "资助现金", "cash", "元", cny, cash, deliveries, exact, 765000, ""},
		{"HH03", "handinhand", "发放物资", "goods, at value", "元", cny, goods, deliveries, moreThan, 800000, ""},
		{"PV01", "province", "参与社会组织", "organizations taking part, all levels", "家", "organization", distinct, statedOnly, moreThan, 5000, ""},
		{"PV02", "province", "捐赠款物总价值", "total donation value, all levels", "元", cny, mixed, statedOnly, moreThan, 300000000, ""},
		{"PV03", "province", "受益困难群众", "people (households) helped", "人(户)", "person/household", count, statedOnly, nearly, 400000, "mixed unit in the source"},
		{"PV04", "province", "省级社会组织", "provincial organizations", "家", "organization", distinct, provincial, moreThan, 500, ""},
		{"PV05", "province", "省级筹集资金物资", "provincial funds and goods raised", "元", cny, mixed, headlines, moreThan, 50000000, ""},
		{"PV06", "province", "帮扶困难家庭", "households helped by provincial organizations", "户", "household", count, statedOnly, exact, 50000, ""},
	}
}

// noticeBulletin returns a bulletin of all 40 figures, some of which have recorded values.
func noticeBulletin() *reportv1.Bulletin {
	c := &actionv1.Campaign{
		Name: "campaigns/five-actions-2019", DisplayName: "五个专项行动", DisplayNameEn: "Five Special Actions",
		Headings: []*actionv1.Heading{
			{Id: "scope", DisplayName: "帮扶范围", DisplayNameEn: "Scope"},
			{Id: "mobilisation", DisplayName: "动员情况", DisplayNameEn: "Mobilisation"},
			{Id: "party", DisplayName: "党建引领", DisplayNameEn: "Party organizations"},
			{Id: "commendation", DisplayName: "表彰情况", DisplayNameEn: "Commendation"},
			{Id: "total", DisplayName: "总体成效", DisplayNameEn: "All actions together"},
			{Id: "province", DisplayName: "全省情况", DisplayNameEn: "The whole province"},
		},
		Actions: []*actionv1.Action{
			{Id: "bright", DisplayName: "光明行", DisplayNameEn: "Bright Action"},
			{Id: "sweet", DisplayName: "甜蜜行", DisplayNameEn: "Sweet Action"},
			{Id: "hope", DisplayName: "希望行", DisplayNameEn: "Hope Action"},
			{Id: "agritech", DisplayName: "农技行", DisplayNameEn: "Agri-tech Action"},
			{Id: "handinhand", DisplayName: "牵手行", DisplayNameEn: "Hand-in-hand Action"},
		},
	}
	stated := map[string]*reportv1.Statement{}
	for _, r := range notice() {
		c.Indicators = append(c.Indicators, &actionv1.Indicator{
			Id: r.id, Group: r.group, DisplayName: r.zh, DisplayNameEn: r.en, Unit: r.unit, UnitZh: r.unitZh, Kind: r.kind, Formula: formulaOf(r),
		})
		stated[r.id] = r.statement()
	}
	src := figure.Source{Campaign: c, Stated: stated, Answers: noticeAnswers()}
	return &reportv1.Bulletin{
		Name: c.GetName() + "/bulletin", DisplayName: c.GetDisplayName(), DisplayNameEn: c.GetDisplayNameEn(),
		Issuer: "某省民政厅", IssuerEn: "Department of Civil Affairs",
		Letterhead: &actionv1.Letterhead{
			DocumentNumber: "某民函〔2019〕8号", Addressees: "各市州民政局、有关社会组织", AddresseesEn: "Civil affairs bureaus of the prefectures",
		},
		ExampleNote: "县级以下为示例数据。", ExampleNoteEn: "Entries below county level are made-up <examples> & nothing else.",
		AsOf: &reportv1.AsOf{
			Generation: 42, Time: timestamppb.New(time.Date(2019, 12, 20, 2, 30, 0, 0, time.UTC)),
			Positions: []*reportv1.LogPosition{
				{Log: "logs/action", Position: 1234, Checkpoint: "wancun/action\n1234\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— wancun/action Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"},
				{Log: "logs/org"},
			},
		},
		Figures: figure.Figures(src), Groups: figure.Groups(c),
		Recorded:      &reportv1.Amount{CashFen: 134500000, GoodsFen: 1370000150, Deliveries: 280},
		Confirmed:     &reportv1.Amount{CashFen: 67250000, GoodsFen: 685000075, Deliveries: 140},
		Organizations: 512, Villages: 120, ScopeVillages: 153,
	}
}

func (r noticeRow) statement() *reportv1.Statement {
	s := &reportv1.Statement{
		Indicator: r.id, Value: r.value, Qualifier: r.qualifier, Unit: r.unit, Completeness: reportv1.Statement_COMPLETE,
		AsOf: &date.Date{Year: 2019, Month: 12, Day: 20}, Source: "notice of December 2019", Note: r.note,
	}
	if r.unit == figure.CNY {
		s.Value *= 100
	}
	if r.group == "province" {
		s.Completeness = reportv1.Statement_INCOMPLETE
	}
	return s
}

// noticeAnswers returns the recorded figures: all operations, some cash, and more goods than the headline figure
// states. Half of each is confirmed.
func noticeAnswers() map[string]figure.Answer {
	answers := map[string]figure.Answer{}
	for _, r := range notice() {
		if r.basis == deliveries || r.basis == headlines {
			answers[r.id] = figure.Answer{Recorded: &reportv1.Amount{}, Confirmed: &reportv1.Amount{}, Villages: proto.Int64(0)}
		}
	}
	half := func(organizations, villages int64, a *reportv1.Amount) figure.Answer {
		return figure.Answer{Recorded: a, Organizations: organizations, Villages: &villages, Confirmed: &reportv1.Amount{
			Value: a.GetValue() / 2, CashFen: a.GetCashFen() / 2, GoodsFen: a.GetGoodsFen() / 2, Deliveries: a.GetDeliveries() / 2,
		}}
	}
	for id, n := range map[string]int64{"SC01": 153, "SC02": 19, "SC03": 5, "SC04": 5} {
		answers[id] = figure.Answer{Recorded: &reportv1.Amount{Value: n}}
	}
	for _, id := range []string{"MB02", "PV04"} {
		answers[id] = figure.Answer{Recorded: &reportv1.Amount{Value: 505}, Confirmed: &reportv1.Amount{Value: 198}, Organizations: 505}
	}
	answers["BR03"] = half(4, 61, &reportv1.Amount{Value: 1459, Deliveries: 90})
	answers["HH01"] = half(0, 0, &reportv1.Amount{Value: 753, Deliveries: 60})
	for id, fen := range map[string]int64{"HP04": 58000000, "HH02": 76500000, "TT01": 134500000} {
		answers[id] = half(0, 0, &reportv1.Amount{Value: fen, CashFen: fen, Deliveries: 40})
	}
	for id, fen := range map[string]int64{"HP02": 1300000100, "AG01": 70000050, "TT02": 1370000150} {
		answers[id] = half(0, 0, &reportv1.Amount{Value: fen, GoodsFen: fen, Deliveries: 20})
	}
	answers["PV05"] = half(300, 110, &reportv1.Amount{CashFen: 134500000, GoodsFen: 1370000150, Deliveries: 130})
	return answers
}
