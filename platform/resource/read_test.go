package resource_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

// quantities lists needs with a filter and an order, page by page, and returns their quantities.
func (k *kit) quantities(ctx context.Context, parent, filter, order string, size int32) []int64 {
	k.Helper()
	var out []int64
	r := &villagev1.ListNeedsRequest{Parent: parent, Filter: filter, OrderBy: order, PageSize: size}
	for {
		page, next, err := k.needs.List(ctx, r)
		check(k, err)
		if len(page) > int(size) {
			k.Fatalf("a page of %d, want at most %d", len(page), size)
		}
		for _, n := range page {
			out = append(out, n.GetQuantity())
		}
		if next == "" {
			return out
		}
		r.PageToken = next
	}
}

func (k *kit) fill() {
	for i := range 5 {
		k.createNeed(luxi, i, int64(10+i))
		k.createNeed(huay, i, int64(20+i))
	}
}

func TestListsFilterOrderAndPage(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.fill()
		for _, tt := range []struct {
			parent, filter, order string
			want                  string
		}{
			{"villages/-", "", "", "10 11 12 13 14 20 21 22 23 24"},
			{"villages/-", "", "quantity desc", "24 23 22 21 20 14 13 12 11 10"},
			{"villages/-", "", "survey_date desc, quantity", "10 11 12 13 14 20 21 22 23 24"},
			{huay, "", "", "20 21 22 23 24"},
			{"villages/-", `quantity >= 13 AND quantity < 22`, "quantity", "13 14 20 21"},
			{"villages/-", `quantity = 10 OR quantity = 24`, "quantity", "10 24"},
			{"villages/-", `NOT quantity > 10`, "quantity", "10"},
			{"villages/-", `village = "433124001201" quantity != 20`, "quantity", "21 22 23 24"},
			{"villages/-", `category:"CATARACT" quantity < 11`, "quantity", "10"},
			{"villages/-", `category:"ophthal"`, "quantity", ""},
			{"villages/-", `survey_date = "2019-08-01" AND quantity = 20`, "", "20"},
			{"villages/-", `survey_date > "2019-08-01"`, "", ""},
			{"villages/-", `state = DRAFT AND quantity = 11`, "", "11"},
			{"villages/-", `create_time > "2019-01-01T00:00:00Z" AND quantity = 12`, "", "12"},
			{"villages/-", `name = "` + needName(luxi, 3) + `"`, "", "13"},
		} {
			for _, size := range []int32{1, 3, 100} {
				got := strings.Trim(fmt.Sprint(k.quantities(province(), tt.parent, tt.filter, tt.order, size)), "[]")
				if got != tt.want {
					t.Errorf("list(%q, %q, %q) by %d = %q, want %q", tt.parent, tt.filter, tt.order, size, got, tt.want)
				}
			}
		}
	})
}

func TestASearchFindsEveryScriptAndTakesNothingForAWildcard(t *testing.T) {
	onEachEngine(t, func(_ *testing.T, k *kit) {
		k.describe("Ａ级", "ΑΒΓ", "ÉCOLE", "école", "it's", "100%_", `back\slash`)
		for sought, want := range map[string]string{
			"Ａ": "[1]", "Α": "[2]", "É": "[3]", "e\u0301": "[4]", "İ": "[]", "\u212a": "[7]", // the kelvin sign is a K
			"IT": "[5]", "%": "[6]", "_": "[6]", "k": "[7]", `\\`: "[7]",
		} {
			k.wantQuantities(`description:"`+sought+`"`, want)
		}
	})
}

// describe creates needs with these descriptions and the quantities 1, 2 and so on, in a store whose lists filter by
// the description.
func (k *kit) describe(texts ...string) {
	k.Helper()
	k.upgrade(unitKind(true, true), fillUnit(3), resource.Fill(5, unitKind(false, true), "description"))
	for i, text := range texts {
		n := someNeed(int64(i + 1))
		n.Description = text
		must(k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, i), n, nil))(k)
	}
}

func TestAStarStandsForAnyCharactersAndNothingElseDoes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.describe("health", "Health", "h*", "heal", "wealth", "", "村医", "村\U0003fffd", "100%", "1000", `a\b`)
		for filter, want := range map[string]string{
			`description = "h*"`: "[1 3 4]", `description = "H*"`: "[2]", `description = "*h"`: "[1 2 5]", `description = "*eal*"`: "[1 2 4 5]",
			`description = "h*h"`: "[1]", `description = "heal*l"`: "[]", `description = "h\\*"`: "[3]", `description = "*\\**"`: "[3]",
			`description = "h\\**"`: "[3]", `description = "村*"`: "[7 8]", `description = "村\U0003fffd*"`: "[8]", `description = "*医"`: "[7]",
			`description = "100%*"`: "[9]", `description = "100*"`: "[9 10]", `description = "1_0*"`: "[]",
			`description = "*"`: "[1 2 3 4 5 6 7 8 9 10 11]", `description = "**h**"`: "[1 2 3 4 5]", `description:"*"`: "[1 2 3 4 5 7 8 9 10 11]",
			`description != "*h" quantity < 8`: "[3 4 6 7]", `description != "h*h" quantity < 3`: "[2]", `description = "a\\\\b"`: "[11]",
			`description = "a\\b"`: "[11]", `NOT description = "*e*" quantity < 8`: "[3 6 7]", `description = "h*" OR description = "w*"`: "[1 3 4 5]",
			`unit = "p*"`: "[1 2 3 4 5 6 7 8 9 10 11]", `unit = "h*"`: "[]", `category = "*_patients"`: "[1 2 3 4 5 6 7 8 9 10 11]",
			`name = "villages/433122*" quantity = 1`: "[1]", `name = "villages/433124*"`: "[]", `name = "*00001"`: "[2]",
		} {
			k.wantQuantities(filter, want)
		}
		_, _, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: "villages/-", Filter: `description = "a*b*c"`})
		wantFault(t, err, codes.InvalidArgument, "UNREADABLE", "filter")
	})
}

func TestAListThatCannotBeReadNamesTheField(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	k.fill()
	_, token, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: "villages/-", PageSize: 2})
	check(t, err)
	for name, tt := range map[string]struct {
		request *villagev1.ListNeedsRequest
		field   string
	}{
		"a filter on an unknown field":      {&villagev1.ListNeedsRequest{Filter: `colour = "red"`}, "filter"},
		"a filter of the wrong type":        {&villagev1.ListNeedsRequest{Filter: `quantity = "many"`}, "filter"},
		"a filter with an unknown value":    {&villagev1.ListNeedsRequest{Filter: `state = GONE`}, "filter"},
		"a filter with a date that is none": {&villagev1.ListNeedsRequest{Filter: `survey_date > "August"`}, "filter"},
		"a filter with an escaped NUL":      {&villagev1.ListNeedsRequest{Filter: `category = "\u0000"`}, "filter"},
		"a search for an escaped NUL":       {&villagev1.ListNeedsRequest{Filter: `category:"\x00"`}, "filter"},
		"a filter that does not parse":      {&villagev1.ListNeedsRequest{Filter: `quantity >`}, "filter"},
		"a filter with too many terms":      {&villagev1.ListNeedsRequest{Filter: strings.Repeat("quantity = 1 OR ", 60) + "quantity = 2"}, "filter"},
		"an order by an unknown field":      {&villagev1.ListNeedsRequest{OrderBy: "colour"}, "order_by"},
		"a token of another list":           {&villagev1.ListNeedsRequest{Parent: huay, PageToken: token}, "page_token"},
		"a forged token":                    {&villagev1.ListNeedsRequest{Parent: "villages/-", PageToken: "x" + token}, "page_token"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := k.needs.List(province(), tt.request)
			f := faultOf(t, err)
			if f.Code() != codes.InvalidArgument || f.Violations()[0].Field != tt.field {
				t.Errorf("error = %v, want INVALID_ARGUMENT at %s", err, tt.field)
			}
		})
	}
}

func TestAFilterIsRefusedInALineThatSaysWhatIsWrongWhere(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	const fields = "there are category, create_time, name, quantity, state, survey_date, update_time, village"
	const states = "compare state with one of DRAFT, SUBMITTED, VERIFIED, RETURNED, without quotes"
	for filter, says := range map[string]string{
		`unit=`:                           `ends too early`,
		`(quantity = 3`:                   `ends too early`,
		`  unit=)`:                        `cannot be read at character 8`,
		`category = "白内障" AND unit = AND`: `cannot be read at character 29`,
		`colour(state, DRAFT)`:            `want comparisons joined by AND, OR and NOT (at character 1)`,
		`unit = "person`:                  `cannot be read at character 8`,
		`colour = "red"`:                  `there is no field colour to filter by; ` + fields + ` (at character 1)`,
		`colour`:                          `there is no field colour to filter by; ` + fields + ` (at character 1)`,
		`create_us > 3`:                   `there is no field create_us to filter by; ` + fields + ` (at character 1)`,
		`state="VOID"`:                    states + ` (at character 7)`,
		`category = "a" AND state = GONE`: states + ` (at character 28)`,
		`quantity = "many"`:               `compare quantity with a whole number (at character 12)`,
		`quantity = colour`:               `compare quantity with a whole number (at character 12)`,
		`category = person`:               `compare category with a text in quotes (at character 12)`,
		`category`:                        `compare category with a text in quotes (at character 1)`,
		`category = "a\u200b"`:            `category must not have invisible characters; character 2 is U+200B (at character 12)`,
		`survey_date > "August"`:          `compare survey_date with a date such as "2019-08-20" (at character 15)`,
		`"person" = unit`:                 `want a field on the left of = (at character 1)`,
		`quantity:3`:                      `quantity cannot be searched with ` + "`:`" + ` (at character 1)`,
		`state > DRAFT`:                   `state has no order, compare it with = or != (at character 1)`,
		`unit("a", "b")`:                  `want comparisons joined by AND, OR and NOT (at character 1)`,
		`NOT()`:                           `want comparisons joined by AND, OR and NOT (at character 1)`,
		`3`:                               `want comparisons joined by AND, OR and NOT (at character 1)`,
	} {
		_, _, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: "villages/-", Filter: filter})
		if f := faultOf(t, err); f.Code() != codes.InvalidArgument || f.Message() != "filter: "+says {
			t.Errorf("%s is refused with %q, want %q", filter, f.Message(), "filter: "+says)
		}
	}
}

func TestAListSeesEachRowOnceWhileOthersWrite(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		for i := range 20 {
			k.createNeed(luxi, 100+2*i, int64(i))
		}
		var seen []int64
		r := &villagev1.ListNeedsRequest{Parent: luxi, PageSize: 4}
		for n := 0; ; n++ {
			page, next, err := k.needs.List(province(), r)
			check(t, err)
			for _, need := range page {
				if need.GetQuantity() < 1000 {
					seen = append(seen, need.GetQuantity())
				}
			}
			if next == "" {
				break
			}
			r.PageToken = next
			k.createNeed(luxi, 101+2*n, 1000) // before and after the page
			k.createNeed(luxi, 139-2*n, 1000)
		}
		if !slices.IsSorted(seen) || len(seen) != 20 {
			t.Errorf("seen = %v, want each of 20 rows once", seen)
		}
	})
}

func TestACallerSeesExactlyItsArea(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.fill()
		for name, tt := range map[string]struct {
			ctx  context.Context
			want string
		}{
			"the province":                           {as(accessv1.Grant_PROVINCE_ADMIN, "43", ""), "10 11 12 13 14 20 21 22 23 24"},
			"the prefecture":                         {as(accessv1.Grant_PREFECTURE_CLERK, "4331", ""), "10 11 12 13 14 20 21 22 23 24"},
			"a county":                               {as(accessv1.Grant_COUNTY_CLERK, "433124", ""), "20 21 22 23 24"},
			"a village":                              {as(accessv1.Grant_VILLAGE_TEAM, "433122001201", ""), "10 11 12 13 14"},
			"another village":                        {as(accessv1.Grant_VILLAGE_TEAM, "433122001202", ""), ""},
			"everywhere":                             {as(accessv1.Grant_AUDITOR, "", ""), "10 11 12 13 14 20 21 22 23 24"},
			"an organization":                        {as(accessv1.Grant_ORGANIZATION_MANAGER, "", "51430000MJJ0000129"), "10 11 12 13 14 20 21 22 23 24"},
			"nobody":                                 {context.Background(), ""},
			"a county with the past of another":      {in("433199", part("433122"), part("433199")), "10 11 12 13 14"},
			"a county with the past of two":          {in("433199", part("433122"), part("433124"), part("433199")), "10 11 12 13 14 20 21 22 23 24"},
			"a prefecture that lost a county":        {in("4331", part("4331", "433122", "433199")), "20 21 22 23 24"},
			"a county that lost a township":          {in("433122", part("433122", "433122001")), ""},
			"and got a village of it back":           {in("433122", part("433122", "433122001"), part("433122001201")), "10 11 12 13 14"},
			"a county whose past is a county's part": {in("433199", part("433124", "433124002"), part("433199")), "20 21 22 23 24"},
		} {
			t.Run(name, func(t *testing.T) {
				got := strings.Trim(fmt.Sprint(k.quantities(tt.ctx, "villages/-", "", "", 3)), "[]")
				if got != tt.want {
					t.Errorf("list = %q, want %q", got, tt.want)
				}
				_, err := k.needs.Get(tt.ctx, &villagev1.GetNeedRequest{Name: needName(huay, 0)})
				if sees := strings.Contains(tt.want, "20"); sees != (err == nil) {
					t.Errorf("get error = %v, list sees it: %v", err, sees)
				}
			})
		}
	})
}

func TestABatchGetKeepsTheOrderAndIsWholeOrNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		var names []string
		for i := range 130 { // needs more than one lookup
			k.createNeed(luxi, i, int64(i+1))
			names = append([]string{needName(luxi, i)}, names...)
		}
		got := must(k.needs.BatchGet(province(), batchGet(names)))(t)
		for i, n := range got {
			if n.GetName() != names[i] {
				t.Fatalf("item %d = %s, want %s", i, n.GetName(), names[i])
			}
		}
		_, err := k.needs.BatchGet(province(), batchGet(append(names, needName(huay, 1))))
		wantFault(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
	})
}

type batchGet []string

func (b batchGet) GetNames() []string { return b }
