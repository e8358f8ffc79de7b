package query

import (
	"context"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/source"
)

func auditor(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Subject: "auditor", Grants: []*accessv1.Grant{{Role: accessv1.Grant_AUDITOR}}})
}

func TestAQueryThatMeansNothingIsRefusedByTheNameOfItsField(t *testing.T) {
	w := newWorld(t, servertest.Database(t), 1)
	w.apply()
	for name, c := range map[string]struct {
		change func(*reportv1.QueryFiguresRequest)
		field  string
		reason string
	}{
		"a field of another source": {func(r *reportv1.QueryFiguresRequest) { r.GroupBy = []string{"month", "category"} }, "group_by[1]", "UNKNOWN_FIELD"},
		"a filter by it":            {func(r *reportv1.QueryFiguresRequest) { r.Filter = `category = "x"` }, "filter", "UNKNOWN_FIELD"},
		"an unknown indicator":      {func(r *reportv1.QueryFiguresRequest) { r.Filter = `indicator = "XX99"` }, "filter", "NOT_A_VALUE"},
		"a county that is none":     {func(r *reportv1.QueryFiguresRequest) { r.Filter = `county = "divisions/433124001000"` }, "filter", "NOT_A_VALUE"},
		"a month that is none":      {func(r *reportv1.QueryFiguresRequest) { r.Filter = `month > "2019-13"` }, "filter", "NOT_A_VALUE"},
		"two stages in one row":     {func(r *reportv1.QueryFiguresRequest) { r.Filter = `stage != DISPUTED` }, "filter", "STAGES_OVERLAP"},
		"an order by no field":      {func(r *reportv1.QueryFiguresRequest) { r.OrderBy = "month" }, "order_by", "UNKNOWN_FIELD"},
		"an order by no members":    {func(r *reportv1.QueryFiguresRequest) { r.OrderBy = "members desc" }, "order_by", "UNKNOWN_FIELD"},
		"an order that is none":     {func(r *reportv1.QueryFiguresRequest) { r.OrderBy = "count, , desc" }, "order_by", "UNREADABLE"},
		"villages of the register": {func(r *reportv1.QueryFiguresRequest) {
			r.Source, r.Dimension = actionv1.Formula_ORGANIZATIONS, actionv1.Formula_VILLAGE
		}, "dimension", "UNKNOWN_DIMENSION"},
		"a scope":           {func(r *reportv1.QueryFiguresRequest) { r.Source = actionv1.Formula_SCOPE_MEMBERS }, "source", "SOURCE_LASTING"},
		"a page of another": {func(r *reportv1.QueryFiguresRequest) { r.PageToken = "AAAA" }, "page_token", "PAGE_TOKEN_INVALID"},
	} {
		r := &reportv1.QueryFiguresRequest{Parent: campaignName}
		c.change(r)
		_, err := w.QueryFigures(auditor(t.Context()), r)
		f, ok := fault.From(err)
		if !ok || f.Code() != codes.InvalidArgument || len(f.Violations()) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v := f.Violations()[0]
		if v.Field != c.field || v.Reason != c.reason || v.Chinese == "" && fault.InChinese(v.Description) == "" {
			t.Errorf("%s: %s %s %q (%q), want %s %s in both languages", name, v.Field, v.Reason, v.Description, v.Chinese, c.field, c.reason)
		}
	}
	_, err := w.QueryFigures(auditor(t.Context()), &reportv1.QueryFiguresRequest{Parent: "campaigns/unheard-of"})
	if f, ok := fault.From(err); !ok || f.Code() != codes.NotFound {
		t.Errorf("an unknown campaign: %v", err)
	}
}

func TestAQueryOfMoreRowsThanTheLimitSaysWhatToNarrow(t *testing.T) {
	w := newWorld(t, servertest.Database(t), 1)
	w.deliver(100)
	w.apply()
	w.limit = 20
	r := &reportv1.QueryFiguresRequest{Parent: campaignName, GroupBy: []string{"organization"}}
	_, err := w.QueryFigures(auditor(t.Context()), r)
	f, ok := fault.From(err)
	if !ok || f.Code() != codes.FailedPrecondition || f.Reason() != "TOO_MANY_ROWS" || !strings.Contains(f.Message(), "narrow the filter by action") || f.Chinese() == "" {
		t.Errorf("a query of too many rows: %v", err)
	}
	r.Filter = `indicator = "I0" AND measure = CASH AND action = "action-0"`
	if _, err := w.QueryFigures(auditor(t.Context()), r); err != nil {
		t.Errorf("once it is narrowed: %v", err)
	}
}

func TestARankingIsInItsOrderAndComparesOneUnitOnly(t *testing.T) {
	w := newWorld(t, servertest.Database(t), 2)
	w.deliver(200)
	w.apply()
	r := &reportv1.QueryFiguresRequest{Parent: campaignName, GroupBy: []string{"organization"}, OrderBy: "quantity desc, count", Filter: `indicator = "I0"`}
	rows := w.all(auditor(t.Context()), r)
	if len(rows) < 3 || !slices.IsSortedFunc(rows, func(a, b *reportv1.FigureRow) int { return int(b.GetQuantity() - a.GetQuantity()) }) {
		t.Errorf("the ranking is %v", rows)
	}
	r.Filter = ""
	_, err := w.QueryFigures(auditor(t.Context()), r)
	if f, ok := fault.From(err); !ok || f.Violations()[0].Reason != "UNITS_DIFFER" || f.Chinese() == "" {
		t.Errorf("a ranking of people and operations: %v", err)
	}
}

func TestRowsThatChangeBetweenTwoPagesAreNotMixed(t *testing.T) {
	w := newWorld(t, servertest.Database(t), 3)
	w.deliver(100)
	w.apply()
	r := &reportv1.QueryFiguresRequest{Parent: campaignName, GroupBy: []string{"indicator", "month"}, PageSize: 2}
	first, err := w.QueryFigures(auditor(t.Context()), r)
	if err != nil {
		t.Fatal(err)
	}
	r.PageToken = first.GetNextPageToken()
	if second, err := w.QueryFigures(auditor(t.Context()), r); err != nil || proto.Equal(second.GetRows()[0], first.GetRows()[0]) {
		t.Errorf("the second page is %v, %v", second.GetRows(), err)
	}
	w.deliver(20)
	w.apply()
	_, err = w.QueryFigures(auditor(t.Context()), r)
	if f, ok := fault.From(err); !ok || f.Code() != codes.Aborted || f.Reason() != "FIGURE_CHANGED" {
		t.Errorf("a page of changed rows: %v", err)
	}
}

func TestAQueryReadsTheSmallestTableThatHasItsFields(t *testing.T) {
	const organizations, none = actionv1.Formula_ORGANIZATION, actionv1.Formula_DIMENSION_UNSPECIFIED
	for _, c := range []struct {
		group, filter, area string
		dimension           actionv1.Formula_Dimension
		sums, counts        table
		slice               string
		level               facts.Level
	}{
		{"", "", "", none, sumsTable, noTable, "", facts.Everywhere},
		{"", "", "", organizations, sumsTable, reachesTable, "whole", facts.Everywhere},
		{"action", "", "", organizations, sumsTable, reachesTable, "action", facts.Everywhere},
		{"indicator stage", `indicator = "I0"`, "", organizations, sumsTable, reachesTable, "indicator", facts.Everywhere},
		{"county", "", "", organizations, sumsTable, reachesTable, "whole", facts.Counties},
		{"county", "", "433124", organizations, sumsTable, reachesTable, "whole", facts.Counties},
		{"prefecture", "", "433124", organizations, sumsTable, membersTable, "", facts.Counties},
		{"", "", "433124", organizations, sumsTable, membersTable, "", facts.Counties},
		{"measure", "", "", organizations, sumsTable, membersTable, "", facts.Everywhere},
		{"", `action = "action-0"`, "", organizations, sumsTable, membersTable, "", facts.Everywhere},
		{"action indicator", "", "", organizations, sumsTable, membersTable, "", facts.Everywhere},
		{"month", "", "", organizations, sumsTable, factsTable, "", facts.Everywhere},
		{"township", "", "", none, sumsTable, noTable, "", facts.Townships},
		{"township", "", "", organizations, sumsTable, factsTable, "", facts.Townships},
		{"village", "", "", none, factsTable, noTable, "", facts.Villages},
		{"organization.level", "", "", none, factsTable, noTable, "", facts.Everywhere},
		{"", "", "433124001201", organizations, factsTable, factsTable, "", facts.Villages},
	} {
		r := &reportv1.QueryFiguresRequest{Parent: campaignName, GroupBy: strings.Fields(c.group), Filter: c.filter, Dimension: c.dimension}
		by := access.Principal{Grants: []*accessv1.Grant{{Role: accessv1.Grant_COUNTY_CLERK, Area: c.area}}}
		asked, err := parse(r, campaign(), source.All(), by, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := choose(asked, place.New(), false)
		if p.sums != c.sums || p.counts != c.counts || p.slice != c.slice || p.level != c.level {
			t.Errorf("group by %q, filter %q, area %q: tables %d and %d, slice %q, %v, want %d, %d, %q, %v",
				c.group, c.filter, c.area, p.sums, p.counts, p.slice, p.level, c.sums, c.counts, c.slice, c.level)
		}
	}
}

func TestNeedsCountInTheScopeOfTheCampaignAlone(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 4)
		from := &date.Date{Year: 2019, Month: 5, Day: 1}
		w.write("village", "scopes/poor", 1, &villagev1.Scope{Members: []*villagev1.ScopeMember{{Village: "villages/433124001201", ValidFrom: from}}})
		for n, village := range []string{"433124001201", "433124001202"} {
			w.write("village", "villages/"+village+"/needs/a", 1, &villagev1.Need{
				Category: "cataract_patients", Unit: "person", Quantity: int64(3 + n), State: villagev1.Need_SUBMITTED, SurveyDate: from,
			})
		}
		w.apply()
		r := &reportv1.QueryFiguresRequest{Parent: campaignName, Source: actionv1.Formula_NEEDS, GroupBy: []string{"category"}, Dimension: actionv1.Formula_VILLAGE}
		rows := w.all(auditor(t.Context()), r)
		if len(rows) != 1 || rows[0].GetCount() != 1 || rows[0].GetQuantity() != 3 || rows[0].GetUnit() != "person" || rows[0].GetMembers() != 1 {
			t.Errorf("the needs are %v, want that of the village in scope", rows)
		}
	})
}
