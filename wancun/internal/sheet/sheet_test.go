package sheet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/wancun/internal/sheet"
)

// given are the defaults that tests use for values without a column.
func given() sheet.Defaults {
	return sheet.Defaults{
		Campaign: "drill", Edition: "2020-06-30",
		AsOf: &date.Date{Year: 2019, Month: 12, Day: 20}, Source: "a circular",
	}
}

func request[M proto.Message](t *testing.T, text string) M {
	t.Helper()
	m, err := convert(text)
	if err != nil {
		t.Fatal(err)
	}
	return as[M](t, m)
}

func as[M proto.Message](t *testing.T, m proto.Message) M {
	t.Helper()
	request, ok := m.(M)
	if !ok {
		t.Fatalf("a %T was made", m)
	}
	return request
}

func convert(text string) (proto.Message, error) {
	s, err := sheet.Read("up.csv", strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return s.Request(given())
}

// problems returns the messages that a user sees for a file.
func problems(t *testing.T, text string) []string {
	t.Helper()
	_, err := convert(text)
	var found sheet.Problems
	if !errors.As(err, &found) {
		t.Fatalf("want problems, got %v", err)
	}
	return strings.Split(found.Error(), "\n")
}

const deliveries = "action,indicator,organization,village,delivery_date,quantity,value_yuan,measure,note\n"

func TestTheHeaderDecidesTheKind(t *testing.T) {
	for kind, text := range map[sheet.Kind]string{
		sheet.Divisions:     "code,name,level,parent_code\n430000000000,湖南省,province,\n",
		sheet.Villages:      "代码,名称,深度贫困村\n433124599201,示例村01,是\n",
		sheet.Organizations: "USCC,Name,Type,Level,Division\n53430000MJJ000039T,示例基金会,foundation,provincial,430000\n",
		sheet.Needs:         "village,category,quantity,unit,survey-date\n433124599201,poor_students,3,person,2019-08-20\n",
		sheet.Deliveries:    deliveries,
		sheet.Statements:    "code,unit,qualifier,value\nBR03,operation,exact,1459\n",
	} {
		s, err := sheet.Read("up.csv", strings.NewReader(text))
		if err != nil || s.Kind() != kind {
			t.Errorf("want %s, got %v, %v", kind, s, err)
		}
	}
}

func TestAHeaderThatFitsNoKindIsAnsweredWithWhatIsMissing(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a required column is missing", "action,indicator,organization,village,quantity\n",
			"up.csv:1: the header is nearest to deliveries, but delivery_date is missing; there are divisions (code, name,"},
		{"nothing is known", "\n\nfoo,bar\n1,2\n", "up.csv:3: the header names no kind of sheet; there are divisions (code, name,"},
		{"a column would be ignored", "code,name,deeply_poor,population\n433124599201,x,no,12\n",
			"up.csv:1: population: villages have no such column; they have code, name, deeply_poor"},
		{"a column twice", "code,代码,name,deeply_poor\n1,2,3,no\n", "up.csv:1: 代码: there are two columns for this"},
		{"semicolons", "code;name;deeply_poor\n", "up.csv:1: the cells are not separated by commas"},
		{"nothing", "", "up.csv:1: the file is empty"},
		{"only a header", "code,name,deeply_poor\n", "up.csv:1: there are no rows below the header"},
		{"a workbook", "PK\x03\x04...", "up.csv:1: this is a workbook or an archive, not a CSV file"},
		{"UTF-16", "\xff\xfec\x00o\x00", "up.csv:1: the text is UTF-16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := problems(t, c.text); len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestEveryBadRowIsNamedWithLineAndColumn(t *testing.T) {
	got := problems(t, deliveries+
		"bright,BR03,53430000MJJ000039T,433124599201,2019-08-20,3,,,\"two\nlines\"\n"+ // on lines 2 and 3
		"bright,BR03,53430000MJJ000039T,433124599201,2019-02-30,3,,,\n"+
		"bright,BR03,53430000MJJ000039T,4.33125E+11,20.8.2019,-3,,,\n"+
		"hope,HP04,5343,433124599201,2019-08-20,,\"12,3x\",gold,\n"+
		"hope,HP04,53430000MJJ000039T,433124599201,2019-08-20,,12.345,cash\n"+
		"hope,HP04,53430000MJJ000039T,433124599201,2019-08-20,,\"1,23\",cash,b\x00d\n"+
		",,,,,,,,\n"+
		"hope,HP04,53430000MJJ000039T,433124599201,2019-08-20,,70万,cash,"+strings.Repeat("长", 4000)+"\n"+
		"hope,HP04,53430000MJJ000039T,433124599201,2019-08-20,,70万,cash,\n"+
		"hope,hp-04,53430000MJJ000039T,433124599201,2019-08-20,,70,cash,\n"+
		"ho\"pe,HP04\n")
	want := []string{
		`up.csv:4: delivery_date: there is no such day: "2019-02-30"`,
		`up.csv:5: village: a spreadsheet program has cut the number: format the column as text: "4.33125E+11"`,
		`up.csv:5: delivery_date: not a date such as 2019-08-20, 2019/8/20 or 2019年8月20日: "20.8.2019"`,
		`up.csv:5: quantity: must not be negative: "-3"`,
		`up.csv:6: organization: not a unified social credit code of 18 characters: "5343"`,
		`up.csv:6: value_yuan: not a number: "12,3x"`,
		`up.csv:6: measure: none of cash, goods, service: "gold"`,
		`up.csv:7: the row has 8 cells, the header 9`,
		`up.csv:8: note: must not have invisible characters; character 2 is U+0000`,
		`up.csv:10: note: the cell holds more than 10 KiB`,
		`up.csv:11: value_yuan: write the number out, without its unit: "70万"`,
		"up.csv:12: indicator: must be at most 16 capital letters and digits, and begin with a letter, such as BR01",
		`up.csv:13: bare " in non-quoted-field`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCellsAreReadAsPeopleWriteThem(t *testing.T) {
	got := request[*actionv1.BatchCreateDeliveriesRequest](t, "专项行动,指标,统一社会信用代码,村代码,日期,数量,价值（元）,方式,备注\r\n"+
		"bright,BR03,５３４３００００mjj000039t,villages/433124599201,2019年8月20日,１４５９,,,\r\n"+
		"hope,HP04,53430000MJJ000039T,433124599201,2019/8/20,,\"1,580,000.50\",现金,\"一\"\"二\"\r\n")
	day := &date.Date{Year: 2019, Month: 8, Day: 20}
	want := &actionv1.BatchCreateDeliveriesRequest{
		Parent: "campaigns/drill", SkipIdentical: true,
		Requests: []*actionv1.CreateDeliveryRequest{
			{Parent: "campaigns/drill", Delivery: &actionv1.Delivery{
				Action: "bright", Indicator: "BR03", Organization: "organizations/53430000MJJ000039T",
				Village: "villages/433124599201", DeliveryDate: day, Quantity: 1459,
			}},
			{Parent: "campaigns/drill", Delivery: &actionv1.Delivery{
				Action: "hope", Indicator: "HP04", Organization: "organizations/53430000MJJ000039T",
				Village: "villages/433124599201", DeliveryDate: day, ValueFen: 158000050,
				Measure: actionv1.Delivery_CASH, Note: `一"二`,
			}},
		},
	}
	if d := cmp.Diff(want, got, protocmp.Transform(),
		protocmp.IgnoreFields(&actionv1.BatchCreateDeliveriesRequest{}, "request_id"),
		protocmp.IgnoreFields(&actionv1.CreateDeliveryRequest{}, "delivery_id")); d != "" {
		t.Error(d)
	}
}

func TestTextIsReadInTheEncodingsOfSpreadsheetPrograms(t *testing.T) {
	const text = "代码,名称,深度贫困村\n433124599201,示例村01,是\n433124599202,示例村02,否\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, encoded := range map[string]string{"UTF-8": text, "with a byte order mark": "\uFEFF" + text, "GB18030": gb} {
		t.Run(name, func(t *testing.T) {
			got := request[*villagev1.BatchCreateVillagesRequest](t, encoded)
			if v := got.GetRequests()[1].GetVillage(); v.GetDisplayName() != "示例村02" || v.GetDeeplyPoor() {
				t.Errorf("got %v", v)
			}
		})
	}
	t.Run("UTF-8 with one broken byte is not taken for GB18030", func(t *testing.T) {
		got := problems(t, strings.Replace(text, "村02", "\xe6村02", 1))
		if d := cmp.Diff([]string{"up.csv:3: byte 79 of the text is not UTF-8"}, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("neither", func(t *testing.T) {
		got := problems(t, "代码,a\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		if d := cmp.Diff([]string{"up.csv:2: the text is neither UTF-8 nor GB18030"}, got); d != "" {
			t.Error(d)
		}
	})
}

func TestAFileReadTwiceMakesTheSameRequest(t *testing.T) {
	const rows = "bright,BR03,53430000MJJ000039T,433124599201,2019-08-20,3,,,\n" +
		"bright,BR03,53430000MJJ000039T,433124599201,2019-08-20,3,,,\n" +
		"bright,BR02,53430000MJJ000039T,433124599201,2019-08-20,3,,,\n"
	ids := func(text string) (requestID string, rowIDs []string) {
		m := request[*actionv1.BatchCreateDeliveriesRequest](t, text)
		for _, r := range m.GetRequests() {
			rowIDs = append(rowIDs, r.GetDeliveryId())
		}
		return m.GetRequestId(), rowIDs
	}
	first, one := ids(deliveries + rows)
	again, two := ids(deliveries + rows)
	if first != again || !cmp.Equal(one, two) {
		t.Errorf("ids changed: %s %v, then %s %v", first, one, again, two)
	}
	if one[0] == one[1] {
		t.Error("two equal rows are one delivery")
	}
	other, longer := ids(deliveries + "bright,BR01,53430000MJJ000039T,433124599201,2019-08-20,1,,,\n" + rows)
	if other == first || !cmp.Equal(longer[1:], one) {
		t.Errorf("a row put first changes the ids of the others: %v, then %v", one, longer)
	}
}

func TestAKeyIdentifiesARowWhateverElseChanges(t *testing.T) {
	const header = "village,category,quantity,unit,survey_date,key\n"
	need := func(row string) *villagev1.CreateNeedRequest {
		return request[*villagev1.ImportNeedsRequest](t, header+row).GetRequests()[0]
	}
	before, after := need("433124599201,poor_students,3,person,2019-08-20,A7\n"), need("433124599201,poor_students,4,person,2019-08-20,A7\n")
	if before.GetNeedId() != after.GetNeedId() {
		t.Error("a corrected row became another need")
	}
	if elsewhere := need("433124599202,poor_students,3,person,2019-08-20,A7\n"); elsewhere.GetNeedId() == before.GetNeedId() {
		t.Error("two villages share a need")
	}
	got := problems(t, header+"433124599201,poor_students,3,person,2019-08-20,A7\n433124599201,other,3,person,2019-08-20,A7\n")
	if d := cmp.Diff([]string{"up.csv:3: key: an earlier line has the same: line 2"}, got); d != "" {
		t.Error(d)
	}
}

func TestAServicesViolationLeadsBackToItsCell(t *testing.T) {
	s, err := sheet.Read("d.csv", strings.NewReader("action,indicator,organization,village,日期,金额(元),measure\n"+
		"hope,HP04,53430000MJJ000039T,433124599201,2019-08-20,5,cash\n"+
		"\n"+
		"hope,HP04,53430000MJJ000039T,433124599202,2019-08-20,5,cash\n"))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"requests[1].delivery.village":            "d.csv:4: village: no",
		"requests[1].delivery.value_fen":          "d.csv:4: 金额(元): no",
		"requests[0].delivery.delivery_date.year": "d.csv:2: 日期: no",
		"requests[0].delivery.quantity":           "d.csv:2: quantity: no",
		"requests[1]":                             "d.csv:4: no",
		"requests[2].delivery.village":            "d.csv:1: requests[2].delivery.village: no",
		"requests[1].delivery":                    "d.csv:4: no",
		"parent":                                  "d.csv: --campaign: no",
	} {
		if got := s.At(field, "no").String(); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}

func TestStatementsCountMoneyInFen(t *testing.T) {
	got := request[*reportv1.BatchCreateStatementsRequest](t, "code,action,name_zh,name_en,unit,kind,qualifier,value,owner_service,note,completeness\n"+
		"TT01,all five,现金捐赠,cash donations,CNY,cash,more_than,7000000,action,headline,incomplete\n"+
		"AG02,agritech,小型农机,small farm machines,unit (台/套),count,exact,200,action,,\n"+
		"AG06,agritech,农技培训,agricultural trainings,session?,count,more_than,300,action,,\n")
	asOf := &date.Date{Year: 2019, Month: 12, Day: 20}
	want := []*reportv1.Statement{
		{Indicator: "TT01", Unit: "CNY", Value: 700000000, Qualifier: reportv1.Statement_MORE_THAN, Note: "headline",
			Completeness: reportv1.Statement_INCOMPLETE, AsOf: asOf, Source: "a circular"},
		{Indicator: "AG02", Unit: "unit", Value: 200, Qualifier: reportv1.Statement_EXACT,
			Completeness: reportv1.Statement_COMPLETE, AsOf: asOf, Source: "a circular"},
		{Indicator: "AG06", Unit: "session", Value: 300, Qualifier: reportv1.Statement_MORE_THAN,
			Completeness: reportv1.Statement_COMPLETE, AsOf: asOf, Source: "a circular"},
	}
	for i, r := range got.GetRequests() {
		if d := cmp.Diff(want[i], r.GetStatement(), protocmp.Transform()); d != "" {
			t.Error(d)
		}
	}
}

func TestAFileIsForOneCampaign(t *testing.T) {
	got := problems(t, "campaign,code,unit,qualifier,value\na,BR01,session,exact,1\n,BR02,person,exact,1\na,BR03,person,exact,1\n")
	want := []string{"up.csv:3: campaign: the rows above are for campaigns/a: load each campaign from a file of its own"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWhatAFileDoesNotSayMustBeGiven(t *testing.T) {
	for text, want := range map[string]string{
		"code,unit,qualifier,value\nBR01,session,exact,1\n":                          "up.csv: --campaign, --as-of and --source are needed, as the file has no column campaign, as_of or source",
		"code,name,level,parent_code\n430000000000,湖南省,province,\n":                  "up.csv: --edition is needed: the day as of which the codes stand, for example --edition 2020-06-30",
		"code,unit,qualifier,value,source\nBR01,session,exact,-1,s\n":                "up.csv: --campaign and --as-of are needed, as the file has no column campaign or as_of\nup.csv:2: value: must not be negative: \"-1\"",
		"campaign,code,unit,qualifier,value,as_of,source\n,A,x,exact,1,2019-1-1,s\n": "up.csv:2: campaign: the row names no campaign, and --campaign was not given",
	} {
		s, err := sheet.Read("up.csv", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Request(sheet.Defaults{}); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestAnOrganizationIsReadWithItsContact(t *testing.T) {
	m := request[*orgv1.ImportOrganizationsRequest](t, "统一社会信用代码,组织名称,类型,级别,登记地代码,联系人,联系电话\n"+
		"52430000MJJ0000201,示例服务中心,民办非企业单位,省级,430000,示例联系人,０００ 0000 0001\n")
	want := &orgv1.Organization{
		Uscc: "52430000MJJ0000201", DisplayName: "示例服务中心", Type: orgv1.Organization_SERVICE_AGENCY,
		Level: orgv1.Organization_PROVINCIAL, Division: "divisions/430000000000",
		Contact: &orgv1.Contact{Person: "示例联系人", Phone: "000 0000 0001"},
	}
	got := m.GetRequests()[0].GetOrganization()
	if d := cmp.Diff(want, got, protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestAFileOfTooManyRowsIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("code,name,deeply_poor\n")
	for i := range 20_001 {
		fmt.Fprintf(&b, "4331245%05d,x,no\n", i)
	}
	got := problems(t, b.String())
	if d := cmp.Diff([]string{"up.csv:20002: villages may have at most 20000 rows: split the file"}, got); d != "" {
		t.Error(d)
	}
}

func TestASheetIsReadTheSameHoweverItsTextIsSpelt(t *testing.T) {
	rows := func(name, note string) []byte {
		return []byte("village,category,quantity,unit,survey_date,description\n433124599201,\u3000roads\u00a0,3,km,2019-08-20,\"" + note + name + "\"\n")
	}
	want := request[*villagev1.ImportNeedsRequest](t, string(rows("cafe\u0301", "one \u3000two\r\n")))
	if got := want.GetRequests()[0].GetNeed().GetDescription(); got != "one two\ncafé" {
		t.Errorf("the description is %q", got)
	}
	same := request[*villagev1.ImportNeedsRequest](t, string(rows("café\u00a0", "one two\n")))
	if diff := cmp.Diff(want.GetRequests(), same.GetRequests(), protocmp.Transform()); diff != "" {
		t.Errorf("another spelling makes another row:\n%s", diff)
	}
	for text, says := range map[string]string{
		"village,cate\u200bgory,quantity,unit,survey_date\n": "up.csv:1: heading 2 must not have invisible characters; character 5 is U+200B",
		string(rows("a", "\u200b")):                          "up.csv:2: description: must not have invisible characters; character 1 is U+200B",
	} {
		if got := problems(t, text); len(got) != 1 || got[0] != says {
			t.Errorf("%q is refused with %q, want %q", text, got, says)
		}
	}
}
