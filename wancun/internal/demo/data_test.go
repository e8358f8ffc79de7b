package demo_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/wancun/internal/demo"
	"github.com/wancun/wancun/wancun/internal/scenario"
)

func lines(t *testing.T) []scenario.Line {
	t.Helper()
	lines, err := demo.Scenario()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// data are the requests of the demonstration that create its resources, and what becomes of the deliveries.
type data struct {
	divisions     *villagev1.ImportDivisionsRequest
	villages      *villagev1.BatchCreateVillagesRequest
	scope         *villagev1.CreateScopeRequest
	organizations *orgv1.BatchCreateOrganizationsRequest
	partyBranches *orgv1.BatchCreatePartyBranchesRequest
	campaign      *actionv1.CreateCampaignRequest
	needs         *villagev1.BatchCreateNeedsRequest
	statements    *reportv1.BatchCreateStatementsRequest
	deliveries    map[string]*actionv1.Delivery // by name, as they are after the last line
	amended       int
}

// replay applies the lines of the demonstration in their order.
func replay(t *testing.T) data {
	t.Helper()
	d := data{deliveries: make(map[string]*actionv1.Delivery)}
	of := func(name string) *actionv1.Delivery {
		if d.deliveries[name] == nil {
			t.Fatalf("%s is not recorded before it is changed", name)
		}
		return d.deliveries[name]
	}
	for _, line := range lines(t) {
		switch r := line.Request.(type) {
		case *villagev1.ImportDivisionsRequest:
			d.divisions = r
		case *villagev1.BatchCreateVillagesRequest:
			d.villages = r
		case *villagev1.CreateScopeRequest:
			d.scope = r
		case *orgv1.BatchCreateOrganizationsRequest:
			d.organizations = r
		case *orgv1.BatchCreatePartyBranchesRequest:
			d.partyBranches = r
		case *actionv1.CreateCampaignRequest:
			d.campaign = r
		case *villagev1.BatchCreateNeedsRequest:
			d.needs = r
		case *reportv1.BatchCreateStatementsRequest:
			d.statements = r
		case *actionv1.BatchCreateDeliveriesRequest:
			for _, row := range r.GetRequests() {
				name := row.GetParent() + "/deliveries/" + row.GetDeliveryId()
				if d.deliveries[name] != nil {
					t.Errorf("%s is recorded twice", name)
				}
				d.deliveries[name] = proto.CloneOf(row.GetDelivery())
				d.deliveries[name].State = actionv1.Delivery_RECORDED
			}
		case *actionv1.UpdateDeliveryRequest:
			amounts := of(r.GetDelivery().GetName())
			amounts.Quantity, amounts.ValueFen = r.GetDelivery().GetQuantity(), r.GetDelivery().GetValueFen()
			d.amended++
		case *actionv1.ConfirmDeliveryRequest:
			of(r.GetName()).State = actionv1.Delivery_CONFIRMED
		case *actionv1.DisputeDeliveryRequest:
			of(r.GetName()).State = actionv1.Delivery_DISPUTED
		case *actionv1.VoidDeliveryRequest:
			of(r.GetName()).State = actionv1.Delivery_VOID
		}
	}
	return d
}

// notice reads the figures of the notice, without the code under test. figures maps a code to its row, by column.
func notice(t *testing.T) (codes []string, figures map[string]map[string]string) {
	t.Helper()
	content, err := os.ReadFile("notice-2019-indicators.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	figures = make(map[string]map[string]string)
	for _, row := range rows[1:] {
		figure := make(map[string]string)
		for i, column := range rows[0] {
			figure[column] = row[i]
		}
		codes = append(codes, row[0])
		figures[row[0]] = figure
	}
	return codes, figures
}

// recorded returns the final sums: by indicator in its unit (yuan for money), by measure in yuan, and the set of
// organizations.
func recorded(d data) (indicators map[string]int64, measures map[actionv1.Delivery_Measure]int64, organizations map[string]bool) {
	indicators, measures = make(map[string]int64), make(map[actionv1.Delivery_Measure]int64)
	organizations = make(map[string]bool)
	for _, f := range d.deliveries {
		if f.GetState() == actionv1.Delivery_VOID {
			continue
		}
		indicators[f.GetIndicator()] += f.GetQuantity() + f.GetValueFen()/100
		measures[f.GetMeasure()] += f.GetValueFen() / 100
		organizations[f.GetOrganization()] = true
	}
	return indicators, measures, organizations
}

func TestTheSumsAgreeWithTheNoticeWhereverItGivesAnItem(t *testing.T) {
	d := replay(t)
	sums, _, _ := recorded(d)
	_, figures := notice(t)
	for _, i := range d.campaign.GetCampaign().GetIndicators() {
		if !i.GetFormula().GetNamed() {
			if sums[i.GetId()] != 0 {
				t.Errorf("%s: deliveries name an indicator that none may name", i.GetId())
			}
			continue
		}
		stated, err := strconv.ParseInt(figures[i.GetId()]["value"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		switch got := sums[i.GetId()]; figures[i.GetId()]["qualifier"] {
		case "exact":
			if got != stated {
				t.Errorf("%s: recorded %d, stated %d", i.GetId(), got, stated)
			}
		case "more_than":
			if got <= stated || got > stated+stated/10 {
				t.Errorf("%s: recorded %d, which is not a little more than %d", i.GetId(), got, stated)
			}
		default:
			t.Errorf("%s: no deliveries can agree with %q", i.GetId(), figures[i.GetId()]["qualifier"])
		}
	}
}

func TestTheGapsBetweenHeadlinesAndItemsAreThoseOfTheNotice(t *testing.T) {
	_, measures, organizations := recorded(replay(t))
	if got := measures[actionv1.Delivery_CASH]; got != 580_000+765_000 {
		t.Errorf("cash itemises to %d of 7,000,000, not to about a fifth", got)
	}
	if got := measures[actionv1.Delivery_GOODS]; got < 14_500_000 || got > 14_600_000 {
		t.Errorf("goods itemise to %d, not to a little more than 14,500,000", got)
	}
	if got := measures[actionv1.Delivery_SERVICE]; got < 300_000 || got > 330_000 {
		t.Errorf("services itemise to %d of 30,000,000, not to about a hundredth", got)
	}
	if got := measures[actionv1.Delivery_MEASURE_UNSPECIFIED]; got != 0 {
		t.Errorf("%d yuan have no measure", got)
	}
	if got := len(organizations); got != 512 {
		t.Errorf("%d organizations delivered, not more than 500", got)
	}
}

func TestTheCatalogueIsThatOfTheNotice(t *testing.T) {
	d := replay(t)
	codes, figures := notice(t)
	var got []string
	units := make(map[string]string)
	for _, i := range d.campaign.GetCampaign().GetIndicators() {
		got = append(got, i.GetId())
		units[i.GetId()] = i.GetUnit()
		f := figures[i.GetId()]
		if i.GetDisplayName() != f["name_zh"] || i.GetDisplayNameEn() != f["name_en"] ||
			i.GetGroup() != strings.ReplaceAll(f["action"], " ", "-") || !strings.HasPrefix(f["unit"], i.GetUnit()) {
			t.Errorf("%v is not %v", i, f)
		}
	}
	if diff := cmp.Diff(codes, got); diff != "" || len(codes) != 40 {
		t.Error(diff)
	}
	for _, r := range d.statements.GetRequests() {
		s := r.GetStatement()
		if s.GetUnit() != units[s.GetIndicator()] {
			t.Errorf("%s is stated in %q and measured in %q", s.GetIndicator(), s.GetUnit(), units[s.GetIndicator()])
		}
		incomplete := s.GetCompleteness() == reportv1.Statement_INCOMPLETE
		if incomplete != strings.Contains("PV01 PV02 PV03", s.GetIndicator()) {
			t.Errorf("%s: completeness is %v", s.GetIndicator(), s.GetCompleteness())
		}
	}
	if len(d.statements.GetRequests()) != 40 {
		t.Errorf("%d statements", len(d.statements.GetRequests()))
	}
}

func TestTwoGenerationsAreEqual(t *testing.T) {
	if d := cmp.Diff(lines(t), lines(t), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestEveryVillageIsInScopeWhenSomethingIsDelivered(t *testing.T) {
	d := replay(t)
	joined, waves := make(map[string]day.Day), make(map[day.Day]int)
	for _, m := range d.scope.GetScope().GetMembers() {
		if joined[m.GetVillage()] != 0 {
			t.Errorf("%s joins twice", m.GetVillage())
		}
		joined[m.GetVillage()] = day.Number(m.GetValidFrom())
		waves[day.Number(m.GetValidFrom())]++
		if first := strings.HasPrefix(m.GetVillage(), "villages/4331"); first != (day.Number(m.GetValidFrom()) == 20190801) {
			t.Errorf("%s joins on %v", m.GetVillage(), m.GetValidFrom())
		}
	}
	if diff := cmp.Diff(map[day.Day]int{20190801: 61, 20190901: 92}, waves); diff != "" {
		t.Error(diff)
	}
	c := d.campaign.GetCampaign()
	reached := make(map[string]bool)
	for name, f := range d.deliveries {
		on := day.Number(f.GetDeliveryDate())
		if from := joined[f.GetVillage()]; from == 0 || on < max(from, day.Number(c.GetStartDate())) || on > day.Number(c.GetEndDate()) {
			t.Errorf("%s is delivered on %d, scope from %d", name, on, from)
		}
		reached[f.GetVillage()] = true
	}
	if len(reached) != 153 {
		t.Errorf("%d of 153 villages are reached", len(reached))
	}
}

func TestCodesAreUniqueAndHangTogether(t *testing.T) {
	d := replay(t)
	divisions, levels := make(map[string]bool), make(map[villagev1.Division_Level]int)
	for _, division := range d.divisions.GetDivisions() {
		name := "divisions/" + division.GetCode()
		if divisions[name] {
			t.Errorf("%s is there twice", name)
		}
		if division.GetParent() != "" && !divisions[division.GetParent()] {
			t.Errorf("%s has no parent above it", name)
		}
		divisions[name] = true
		levels[division.GetLevel()]++
	}
	want := map[villagev1.Division_Level]int{
		villagev1.Division_PROVINCE: 1, villagev1.Division_PREFECTURE: 5, villagev1.Division_COUNTY: 19,
		villagev1.Division_TOWNSHIP: 19, villagev1.Division_VILLAGE: 153,
	}
	if diff := cmp.Diff(want, levels); diff != "" {
		t.Error(diff)
	}
	for _, r := range d.villages.GetRequests() {
		if !divisions["divisions/"+r.GetVillage().GetCode()] {
			t.Errorf("%v has no division", r.GetVillage())
		}
	}
	needs := make(map[string]bool)
	for _, n := range d.needs.GetRequests() {
		if needs[n.GetNeedId()] {
			t.Errorf("%v has the id of another need", n)
		}
		needs[n.GetNeedId()] = true
	}
}

func TestWhatIsMadeUpSaysSo(t *testing.T) {
	d := replay(t)
	example := regexp.MustCompile("示例")
	for _, division := range d.divisions.GetDivisions() {
		below := division.GetLevel() > villagev1.Division_COUNTY
		if below != (example.MatchString(division.GetDisplayName()) && strings.Contains(division.GetDisplayNameEn(), "Example")) {
			t.Errorf("%v", division)
		}
	}
	for _, r := range d.villages.GetRequests() {
		if v := r.GetVillage(); !v.GetExample() || !v.GetDeeplyPoor() || !example.MatchString(v.GetDisplayName()) {
			t.Errorf("%v", v)
		}
	}
	for _, r := range d.organizations.GetRequests() {
		o := r.GetOrganization()
		if !example.MatchString(o.GetDisplayName()) || !strings.Contains(o.GetDisplayNameEn(), "Example") {
			t.Errorf("%v", o)
		}
	}
	for _, n := range d.needs.GetRequests() {
		if !example.MatchString(n.GetNeed().GetDescription()) {
			t.Errorf("%v", n)
		}
	}
	for _, delivery := range d.deliveries {
		if !example.MatchString(delivery.GetNote()) {
			t.Errorf("%v", delivery)
		}
	}
	if c := d.campaign.GetCampaign(); !example.MatchString(c.GetExampleNote()) || !strings.Contains(c.GetExampleNoteEn(), "example") {
		t.Errorf("%v", c)
	}
}

func TestAmountsOfMoneyHaveAUnitOfMoney(t *testing.T) {
	d := replay(t)
	catalogue := make(map[string]*actionv1.Indicator)
	for _, i := range d.campaign.GetCampaign().GetIndicators() {
		catalogue[i.GetId()] = i
	}
	for name, f := range d.deliveries {
		money := catalogue[f.GetIndicator()].GetUnit() == "CNY"
		if money != (f.GetValueFen() > 0) || money == (f.GetQuantity() > 0) ||
			money != (f.GetMeasure() != actionv1.Delivery_MEASURE_UNSPECIFIED) || f.GetBeneficiaries() < 1 {
			t.Errorf("%s: %v", name, f)
		}
		if catalogue[f.GetIndicator()].GetGroup() != f.GetAction() {
			t.Errorf("%s: %s is no indicator of %s", name, f.GetIndicator(), f.GetAction())
		}
	}
}

func TestDeliveriesEndInEveryState(t *testing.T) {
	d := replay(t)
	states := make(map[actionv1.Delivery_State]int)
	for _, delivery := range d.deliveries {
		states[delivery.GetState()]++
	}
	want := map[actionv1.Delivery_State]int{
		actionv1.Delivery_RECORDED: 295, actionv1.Delivery_CONFIRMED: 2953,
		actionv1.Delivery_DISPUTED: 30, actionv1.Delivery_VOID: 18,
	}
	if diff := cmp.Diff(want, states); diff != "" || d.amended != 24 {
		t.Errorf("%s, %d amended", diff, d.amended)
	}
}

func TestEveryOrganizationHasAValidCodeOfItsType(t *testing.T) {
	for _, known := range []string{"51430000MJJ509249B", "53100000500009167K", "52430321341533243U", "52430000MJJ0000201"} {
		if !valid(known) {
			t.Fatalf("the test's own check refuses %s, which was issued", known)
		}
	}
	if valid("53100000500020462H") || valid("51430000MJJ509249C") {
		t.Fatal("the test's own check takes a wrong code")
	}
	digits := map[orgv1.Organization_Type]byte{
		orgv1.Organization_SOCIAL_GROUP: '1', orgv1.Organization_SERVICE_AGENCY: '2', orgv1.Organization_FOUNDATION: '3',
	}
	names, codes := make(map[string]bool), make(map[string]bool)
	for _, r := range replay(t).organizations.GetRequests() {
		o := r.GetOrganization()
		if !valid(o.GetUscc()) || !strings.HasPrefix(o.GetUscc(), "5") || o.GetUscc()[1] != digits[o.GetType()] ||
			o.GetUscc()[2:8] != "430000" || o.GetLevel() != orgv1.Organization_PROVINCIAL {
			t.Errorf("%v", o)
		}
		names[o.GetDisplayName()], codes[o.GetUscc()] = true, true
	}
	if len(names) != 512 || len(codes) != 512 {
		t.Errorf("%d names and %d codes for 512 organizations", len(names), len(codes))
	}
}

// valid reports whether both check characters are right: weighted sums including them are multiples of 11 and 31.
func valid(code string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum := 0
	for i, weight := range []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1} {
		sum += strings.IndexByte(alphabet, code[i]) * weight
	}
	subject := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2, 1} {
		value := strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", code[8+i])
		if i == 8 && code[16] == 'X' {
			value = 10
		}
		subject += value * weight
	}
	return sum%31 == 0 && subject%11 == 0
}

func TestEveryRequestSatisfiesTheContract(t *testing.T) {
	for i, line := range lines(t) {
		if line.Request == nil {
			continue
		}
		if err := protovalidate.Validate(line.Request); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
	}
}

func TestPartyBranchesAreSlightlyMoreThanTheNoticeStates(t *testing.T) {
	branches, members := replay(t).partyBranches.GetRequests(), int64(0)
	for _, r := range branches {
		members += r.GetPartyBranch().GetMemberCount()
	}
	if n := len(branches); n <= 260 || n > 300 || members <= 1000 || members > 1100 {
		t.Errorf("%d branches with %d members, want slightly more than 260 and 1,000", n, members)
	}
}
