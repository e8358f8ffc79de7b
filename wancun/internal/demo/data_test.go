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
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/wancun/internal/demo"
)

func generate(t *testing.T) demo.Data {
	t.Helper()
	d, err := demo.Generate()
	if err != nil {
		t.Fatal(err)
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
func recorded(d demo.Data) (indicators map[string]int64, measures map[actionv1.Delivery_Measure]int64, organizations map[string]bool) {
	indicators, measures = make(map[string]int64), make(map[actionv1.Delivery_Measure]int64)
	organizations = make(map[string]bool)
	for _, delivery := range d.Deliveries {
		if delivery.State == actionv1.Delivery_VOID {
			continue
		}
		f := delivery.Final()
		indicators[f.GetIndicator()] += f.GetQuantity() + f.GetValueFen()/100
		measures[f.GetMeasure()] += f.GetValueFen() / 100
		organizations[f.GetOrganization()] = true
	}
	return indicators, measures, organizations
}

func TestTheSumsAgreeWithTheNoticeWhereverItGivesAnItem(t *testing.T) {
	d := generate(t)
	sums, _, _ := recorded(d)
	_, figures := notice(t)
	for _, i := range d.Campaign.GetCampaign().GetIndicators() {
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
	_, measures, organizations := recorded(generate(t))
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
	d := generate(t)
	codes, figures := notice(t)
	var got []string
	units := make(map[string]string)
	for _, i := range d.Campaign.GetCampaign().GetIndicators() {
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
	for _, r := range d.Statements.GetRequests() {
		s := r.GetStatement()
		if s.GetUnit() != units[s.GetIndicator()] {
			t.Errorf("%s is stated in %q and measured in %q", s.GetIndicator(), s.GetUnit(), units[s.GetIndicator()])
		}
		incomplete := s.GetCompleteness() == reportv1.Statement_INCOMPLETE
		if incomplete != strings.Contains("PV01 PV02 PV03", s.GetIndicator()) {
			t.Errorf("%s: completeness is %v", s.GetIndicator(), s.GetCompleteness())
		}
	}
	if len(d.Statements.GetRequests()) != 40 {
		t.Errorf("%d statements", len(d.Statements.GetRequests()))
	}
}

func TestTwoGenerationsAreEqual(t *testing.T) {
	if d := cmp.Diff(generate(t), generate(t), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestEveryVillageIsInScopeWhenSomethingIsDelivered(t *testing.T) {
	d := generate(t)
	joined, waves := make(map[string]day.Day), make(map[day.Day]int)
	for _, m := range d.Scope.GetScope().GetMembers() {
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
	c := d.Campaign.GetCampaign()
	reached := make(map[string]bool)
	for _, delivery := range d.Deliveries {
		f := delivery.Final()
		on := day.Number(f.GetDeliveryDate())
		if from := joined[f.GetVillage()]; from == 0 || on < max(from, day.Number(c.GetStartDate())) || on > day.Number(c.GetEndDate()) {
			t.Errorf("%s is delivered on %d, scope from %d", delivery.Name(), on, from)
		}
		reached[f.GetVillage()] = true
	}
	if len(reached) != 153 {
		t.Errorf("%d of 153 villages are reached", len(reached))
	}
}

func TestCodesAreUniqueAndHangTogether(t *testing.T) {
	d := generate(t)
	divisions, levels := make(map[string]bool), make(map[villagev1.Division_Level]int)
	for _, division := range d.Divisions.GetDivisions() {
		name := "divisions/" + division.GetCode()
		if divisions[name] {
			t.Errorf("%s stands twice", name)
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
	for _, r := range d.Villages.GetRequests() {
		if !divisions["divisions/"+r.GetVillage().GetCode()] {
			t.Errorf("%v has no division", r.GetVillage())
		}
	}
	ids := make(map[string]bool)
	for _, delivery := range d.Deliveries {
		if ids[delivery.Name()] {
			t.Errorf("%s stands twice", delivery.Name())
		}
		ids[delivery.Name()] = true
	}
	for _, n := range d.Needs {
		if ids[n.Name()] {
			t.Errorf("%s stands twice", n.Name())
		}
		ids[n.Name()] = true
	}
}

func TestWhatIsMadeUpSaysSo(t *testing.T) {
	d := generate(t)
	example := regexp.MustCompile("示例")
	for _, division := range d.Divisions.GetDivisions() {
		below := division.GetLevel() > villagev1.Division_COUNTY
		if below != (example.MatchString(division.GetDisplayName()) && strings.Contains(division.GetDisplayNameEn(), "Example")) {
			t.Errorf("%v", division)
		}
	}
	for _, r := range d.Villages.GetRequests() {
		if v := r.GetVillage(); !v.GetExample() || !v.GetDeeplyPoor() || !example.MatchString(v.GetDisplayName()) {
			t.Errorf("%v", v)
		}
	}
	for _, r := range d.Organizations.GetRequests() {
		o := r.GetOrganization()
		if !example.MatchString(o.GetDisplayName()) || !strings.Contains(o.GetDisplayNameEn(), "Example") {
			t.Errorf("%v", o)
		}
	}
	for _, n := range d.Needs {
		if !example.MatchString(n.Request.GetNeed().GetDescription()) {
			t.Errorf("%v", n)
		}
	}
	for _, delivery := range d.Deliveries {
		if !example.MatchString(delivery.Final().GetNote()) {
			t.Errorf("%v", delivery)
		}
	}
	if c := d.Campaign.GetCampaign(); !example.MatchString(c.GetExampleNote()) || !strings.Contains(c.GetExampleNoteEn(), "example") {
		t.Errorf("%v", c)
	}
}

func TestMoneyStandsOnlyWhereTheUnitIsMoney(t *testing.T) {
	d := generate(t)
	catalogue := make(map[string]*actionv1.Indicator)
	for _, i := range d.Campaign.GetCampaign().GetIndicators() {
		catalogue[i.GetId()] = i
	}
	for _, delivery := range d.Deliveries {
		f := delivery.Final()
		money := catalogue[f.GetIndicator()].GetUnit() == "CNY"
		if money != (f.GetValueFen() > 0) || money == (f.GetQuantity() > 0) ||
			money != (f.GetMeasure() != actionv1.Delivery_MEASURE_UNSPECIFIED) || f.GetBeneficiaries() < 1 {
			t.Errorf("%s: %v", delivery.Name(), f)
		}
		if catalogue[f.GetIndicator()].GetGroup() != f.GetAction() {
			t.Errorf("%s: %s is no indicator of %s", delivery.Name(), f.GetIndicator(), f.GetAction())
		}
	}
}

func TestDeliveriesEndInEveryState(t *testing.T) {
	d := generate(t)
	states, corrected := make(map[actionv1.Delivery_State]int), 0
	for _, delivery := range d.Deliveries {
		states[delivery.State]++
		if delivery.Amended != nil {
			corrected++
		}
	}
	want := map[actionv1.Delivery_State]int{
		actionv1.Delivery_RECORDED: 295, actionv1.Delivery_CONFIRMED: 2953,
		actionv1.Delivery_DISPUTED: 30, actionv1.Delivery_VOID: 18,
	}
	if diff := cmp.Diff(want, states); diff != "" || corrected != 24 {
		t.Errorf("%s, %d amended", diff, corrected)
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
	for _, r := range generate(t).Organizations.GetRequests() {
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
	d := generate(t)
	deliveries := &actionv1.BatchCreateDeliveriesRequest{Parent: d.Deliveries[0].Request.GetParent()}
	for _, delivery := range d.Deliveries {
		deliveries.Requests = append(deliveries.Requests, delivery.Request)
	}
	needs := &villagev1.BatchCreateNeedsRequest{Parent: "villages/-"}
	for _, n := range d.Needs {
		needs.Requests = append(needs.Requests, n.Request)
	}
	for _, err := range []error{
		protovalidate.Validate(d.Divisions), protovalidate.Validate(d.Villages), protovalidate.Validate(d.Scope),
		protovalidate.Validate(d.Organizations), protovalidate.Validate(d.PartyBranches), protovalidate.Validate(d.Campaign),
		protovalidate.Validate(needs),
		protovalidate.Validate(deliveries), protovalidate.Validate(d.Statements),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPartyBranchesAreSlightlyMoreThanTheNoticeStates(t *testing.T) {
	branches, members := generate(t).PartyBranches.GetRequests(), int64(0)
	for _, r := range branches {
		members += r.GetPartyBranch().GetMemberCount()
	}
	if n := len(branches); n <= 260 || n > 300 || members <= 1000 || members > 1100 {
		t.Errorf("%d branches with %d members, want slightly more than 260 and 1,000", n, members)
	}
}
