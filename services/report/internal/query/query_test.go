package query

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/page"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/rollup"
	"github.com/wancun/wancun/services/report/internal/source"
	"github.com/wancun/wancun/services/report/migrations"
)

const campaignName = "campaigns/five"

// world is a report database with the journals that it has applied.
type world struct {
	*server
	t       *testing.T
	db      *database.DB
	store   *rollup.Store
	r       *rand.Rand
	ends    map[string]int64
	entries map[string][]*journalv1.Entry

	organizations []*orgv1.Organization
	deliveries    []*actionv1.Delivery
	revisions     []int64
}

func newWorld(t *testing.T, db *database.DB, seed uint64) *world {
	t.Helper()
	if err := db.Migrate(t.Context(), migrations.Set(), migrations.VersionTable); err != nil {
		t.Fatal(err)
	}
	if err := journal.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	store := rollup.New(db, time.Now, source.All())
	w := &world{
		db:     db,
		server: &server{rollups: store, sources: source.All(), pages: pages, limit: maxRows, now: time.Now}, t: t, store: store,
		r: rand.New(rand.NewPCG(seed, 1)), ends: map[string]int64{}, entries: map[string][]*journalv1.Entry{},
	}
	if err := w.store.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.write("action", campaignName, 1, campaign())
	for n := range 6 {
		o := &orgv1.Organization{
			Name: fmt.Sprintf("organizations/51%s00000000%02d", []string{"430000", "433124", "100000"}[n%3], n), Division: "divisions/430000000000",
			Level: []orgv1.Organization_Level{orgv1.Organization_PROVINCIAL, orgv1.Organization_COUNTY, orgv1.Organization_NATIONAL}[n%3],
			Type:  []orgv1.Organization_Type{orgv1.Organization_FOUNDATION, orgv1.Organization_SOCIAL_GROUP}[n%2],
		}
		w.organizations = append(w.organizations, o)
		w.write("org", o.GetName(), 1, o)
	}
	return w
}

func campaign() *actionv1.Campaign {
	c := &actionv1.Campaign{Name: campaignName, Scope: "scopes/poor", DisplayName: "五个专项行动", StartDate: &date.Date{Year: 2019, Month: 5, Day: 1}}
	for n := range 3 {
		c.Actions = append(c.Actions, &actionv1.Action{Id: fmt.Sprintf("action-%d", n), DisplayName: "行动", DisplayNameEn: "Action"})
	}
	for n, unit := range []string{"person", "person", "operation", "CNY"} {
		c.Indicators = append(c.Indicators, &actionv1.Indicator{Id: fmt.Sprintf("I%d", n), DisplayName: "指标", Unit: unit})
	}
	return c
}

// write appends an entry to a journal and applies it.
func (w *world) write(log, name string, revision int64, m proto.Message) {
	w.t.Helper()
	body, err := anypb.New(m)
	if err != nil {
		w.t.Fatal(err)
	}
	record, err := proto.Marshal(&journalv1.Record{Resource: name, Revision: revision, Body: body})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ends[log]++
	w.entries[log] = append(w.entries[log], &journalv1.Entry{Position: w.ends[log], Record: record})
}

// apply applies what was written since the last call.
func (w *world) apply() {
	w.t.Helper()
	for _, log := range []string{"village", "org", "action"} { // deliveries last, so that their positions name everything
		if err := w.store.Apply(w.t.Context(), log, w.entries[log], nil); err != nil {
			w.t.Fatal(err)
		}
	}
	w.entries = map[string][]*journalv1.Entry{}
}

func villages() []int64 {
	return []int64{433124001201, 433124001202, 433124002201, 433122001201, 430524001201, 430524002201, 450102003004}
}

// deliver writes n random creations, amendments, confirmations and voids of deliveries.
func (w *world) deliver(n int) {
	w.t.Helper()
	for range n {
		i := w.r.IntN(len(w.deliveries) + 1)
		if i == len(w.deliveries) || w.r.IntN(2) == 0 {
			i = len(w.deliveries)
			w.deliveries = append(w.deliveries, &actionv1.Delivery{Name: fmt.Sprintf("%s/deliveries/%08d", campaignName, i)})
			w.revisions = append(w.revisions, 0)
		}
		d := w.deliveries[i]
		switch kind := w.r.IntN(6); {
		case kind == 0 && w.revisions[i] > 0:
			d.State = actionv1.Delivery_VOID
		case kind <= 2 && w.revisions[i] > 0:
			d.State = actionv1.Delivery_CONFIRMED
		default:
			w.amend(d)
		}
		w.revisions[i]++
		w.write("action", d.GetName(), w.revisions[i], proto.CloneOf(d))
	}
}

func (w *world) amend(d *actionv1.Delivery) {
	d.Action, d.Indicator = fmt.Sprintf("action-%d", w.r.IntN(3)), fmt.Sprintf("I%d", w.r.IntN(4))
	d.Organization = w.organizations[w.r.IntN(len(w.organizations))].GetName()
	d.Village = fmt.Sprintf("villages/%d", villages()[w.r.IntN(len(villages()))])
	d.DeliveryDate = &date.Date{Year: 2019, Month: int32(8 + w.r.IntN(3)), Day: int32(1 + w.r.IntN(28))}
	d.State, d.Measure, d.ValueFen, d.Quantity = actionv1.Delivery_RECORDED, actionv1.Delivery_Measure(w.r.IntN(4)), 0, int64(w.r.IntN(50))
	if d.GetMeasure() != 0 {
		d.ValueFen = 1 + int64(w.r.IntN(100_000))
	}
}

// succeed writes successions: a county with its parts, a township that moves to another county, and a village.
func (w *world) succeed() {
	for n, s := range []*villagev1.Succession{
		{Predecessor: "divisions/433122000000", Successor: "divisions/433127000000", DigitsKept: true},
		{Predecessor: "divisions/430524002000", Successor: "divisions/430581009000", DigitsKept: true},
		{Predecessor: "villages/433124001202", Successor: "villages/433124001201"},
	} {
		s.Name = fmt.Sprintf("successions/%d", n)
		w.write("village", s.GetName(), 1, s)
	}
}

// moved are the current codes of the villages after succeed, written by hand.
func moved(village string) string {
	now := map[string]string{
		"433122001201": "433127001201", "430524002201": "430581009201", "433124001202": "433124001201",
	}
	return cmp.Or(now[village], village)
}

// entry is a delivery as the brute force reads it.
type entry struct {
	values         map[string]string
	was, now, uscc string
	d              *actionv1.Delivery
	stages         []string
}

func (w *world) counted(successions bool) []entry {
	levels := map[string]*orgv1.Organization{}
	for _, o := range w.organizations {
		levels[o.GetName()] = o
	}
	var out []entry
	for _, d := range w.deliveries {
		if d.GetState() == actionv1.Delivery_VOID {
			continue
		}
		was := strings.TrimPrefix(d.GetVillage(), "villages/")
		now := was
		if successions {
			now = moved(was)
		}
		o := levels[d.GetOrganization()]
		e := entry{was: was, now: now, uscc: strings.TrimPrefix(o.GetName(), "organizations/"), d: proto.CloneOf(d), stages: []string{"RECORDED"}, values: map[string]string{
			"action": d.GetAction(), "indicator": d.GetIndicator(), "measure": d.GetMeasure().String(),
			"month": fmt.Sprintf("%d-%02d", d.GetDeliveryDate().GetYear(), d.GetDeliveryDate().GetMonth()), "organization": d.GetOrganization(),
			"organization.level": o.GetLevel().String(), "organization.type": o.GetType().String(),
			"province": "divisions/" + now[:2] + "0000000000", "prefecture": "divisions/" + now[:4] + "00000000",
			"county": "divisions/" + now[:6] + "000000", "township": "divisions/" + now[:9] + "000", "village": "villages/" + now,
		}}
		if d.GetState() == actionv1.Delivery_CONFIRMED {
			e.stages = append(e.stages, "CONFIRMED")
		}
		out = append(out, e)
	}
	return out
}

// condition is a filter together with what it means.
type condition struct {
	text string
	of   func(value func(string) string) bool
}

func (w *world) condition() condition {
	is := func(field, text, value string) condition {
		return condition{text, func(v func(string) string) bool { return v(field) == value }}
	}
	all := []condition{
		{"", func(func(string) string) bool { return true }},
		is("action", `action = "action-1"`, "action-1"), is("indicator", `indicator = "I0"`, "I0"), is("measure", `measure = CASH`, "CASH"),
		is("county", `county = "divisions/433124000000"`, "divisions/433124000000"), is("county", `county = "divisions/430581000000"`, "divisions/430581000000"),
		is("prefecture", `prefecture = "divisions/433100000000"`, "divisions/433100000000"),
		is("village", `village = "villages/433124001201"`, "villages/433124001201"),
		is("organization", `organization = "`+w.organizations[0].GetName()+`"`, w.organizations[0].GetName()),
		is("organization.level", `organization.level = PROVINCIAL`, "PROVINCIAL"),
		{`month >= "2019-09"`, func(v func(string) string) bool { return v("month") >= "2019-09" }},
		{`NOT (measure = CASH OR month = "2019-08")`, func(v func(string) string) bool { return v("measure") != "CASH" && v("month") != "2019-08" }},
		{`action = "action-0" OR county != "divisions/433124000000"`, func(v func(string) string) bool {
			return v("action") == "action-0" || v("county") != "divisions/433124000000"
		}},
	}
	a, b := all[w.r.IntN(len(all))], all[w.r.IntN(len(all))]
	switch w.r.IntN(4) {
	case 0:
		return all[0]
	case 1:
		return b
	}
	if a.text == "" {
		return b
	}
	if b.text == "" {
		return a
	}
	return condition{"(" + a.text + ") AND (" + b.text + ")", func(v func(string) string) bool { return a.of(v) && b.of(v) }}
}

func (w *world) grants() []*accessv1.Grant {
	area := func(role accessv1.Grant_Role, area string) *accessv1.Grant {
		return &accessv1.Grant{Role: role, Area: area}
	}
	manager := &accessv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: strings.TrimPrefix(w.organizations[1].GetName(), "organizations/")}
	all := [][]*accessv1.Grant{
		{area(accessv1.Grant_AUDITOR, "")}, {area(accessv1.Grant_AUDITOR, "")}, {area(accessv1.Grant_COUNTY_CLERK, "433124")},
		{area(accessv1.Grant_PREFECTURE_CLERK, "4331")}, {area(accessv1.Grant_VILLAGE_TEAM, "433124001201")}, {manager},
		{manager, area(accessv1.Grant_COUNTY_CLERK, "430524")}, {area(accessv1.Grant_COUNTY_CLERK, "433124"), area(accessv1.Grant_COUNTY_CLERK, "430524002")},
	}
	return all[w.r.IntN(len(all))]
}

// mayRead is what the grants of a caller cover.
func mayRead(grants []*accessv1.Grant, e entry) bool {
	return slices.ContainsFunc(grants, func(g *accessv1.Grant) bool {
		return strings.HasPrefix(e.was, g.GetArea()) && (g.GetOrganization() == "" || g.GetOrganization() == e.uscc)
	})
}

// bruteRow is the sum of entries of one row.
type bruteRow struct {
	Count, Cash, Goods, Services, Members int64
	Quantities                            map[string]int64
	members                               map[string]bool
}

func brute(entries []entry, grants []*accessv1.Grant, r *reportv1.QueryFiguresRequest, c condition, stage string) map[string]*bruteRow {
	rows := map[string]*bruteRow{}
	units := map[string]string{"I0": "person", "I1": "person", "I2": "operation", "I3": "CNY"}
	for _, e := range entries {
		for _, reached := range e.stages {
			value := func(field string) string {
				if field == "stage" {
					return reached
				}
				return e.values[field]
			}
			if !mayRead(grants, e) || !c.of(value) || stage != "" && reached != stage {
				continue
			}
			var keys []string
			for _, field := range r.GetGroupBy() {
				keys = append(keys, value(field))
			}
			key := strings.Join(keys, " ")
			if rows[key] == nil {
				rows[key] = &bruteRow{Quantities: map[string]int64{}, members: map[string]bool{}}
			}
			row := rows[key]
			row.Count++
			if e.d.GetQuantity() > 0 {
				row.Quantities[units[e.d.GetIndicator()]] += e.d.GetQuantity()
			}
			switch e.d.GetMeasure() {
			case actionv1.Delivery_CASH:
				row.Cash += e.d.GetValueFen()
			case actionv1.Delivery_GOODS:
				row.Goods += e.d.GetValueFen()
			case actionv1.Delivery_SERVICE:
				row.Services += e.d.GetValueFen()
			}
			switch r.GetDimension() {
			case actionv1.Formula_ORGANIZATION:
				row.members[e.uscc] = true
			case actionv1.Formula_VILLAGE:
				row.members[e.now] = true
			}
			row.Members = int64(len(row.members))
		}
	}
	for _, row := range rows {
		if len(row.Quantities) > 1 {
			row.Quantities = nil // of different units
		}
	}
	return rows
}

func TestEveryQueryEqualsTheCountOfItsEntriesOneByOne(t *testing.T) {
	for _, successions := range []bool{false, true} {
		t.Run(fmt.Sprintf("successions: %v", successions), func(t *testing.T) {
			servertest.Engines(t, func(t *testing.T, db *database.DB) { everyQuery(t, db, successions) })
		})
	}
}

func everyQuery(t *testing.T, db *database.DB, successions bool) {
	const seed = 11
	t.Logf("seed %d", seed)
	w := newWorld(t, db, seed)
	if successions {
		w.succeed()
	}
	used := map[table]int{}
	var known [][]entry // what was known after each round
	var ends []int64    // the positions of the rounds
	for range 6 {
		w.deliver(150)
		w.apply()
		known = append(known, w.counted(successions))
		ends = append(ends, w.ends["action"])
		for range 40 {
			r, c, stage := w.request()
			entries := known[len(known)-1]
			if w.r.IntN(3) == 0 {
				then := w.r.IntN(len(known))
				entries, r.AsKnownAt = known[then], fmt.Sprintf("logs/action:%d", ends[then])
			}
			grants := w.grants()
			ctx := access.With(t.Context(), access.Principal{Subject: "u", Grants: grants})
			rows := w.all(ctx, r)
			want := brute(entries, grants, r, c, stage)
			if diff := gocmp.Diff(want, found(rows), cmpopts.IgnoreUnexported(bruteRow{})); diff != "" {
				t.Fatalf("%v to %v (-counted +answered):\n%s", r, grants, diff)
			}
			w.note(ctx, used, r)
		}
	}
	for _, kind := range []table{sumsTable, membersTable, factsTable} {
		if used[kind] == 0 {
			t.Errorf("no query was read from table %d: %v", kind, used)
		}
	}
	if used[reachesTable] == 0 && !successions {
		t.Errorf("no query was read from the stored distinct counts: %v", used)
	}
}

// note counts the tables that a query reads.
func (w *world) note(ctx context.Context, used map[table]int, r *reportv1.QueryFiguresRequest) {
	w.t.Helper()
	asked, err := parse(r, campaign(), w.sources, access.From(ctx), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	moves, err := rollup.Successions(ctx, w.db.Reader(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	p := choose(asked, moves, false)
	used[p.sums]++
	used[p.counts]++
}

// request returns a random query with the meaning of its filter, and the stage that it counts ("" if it groups by it).
func (w *world) request() (*reportv1.QueryFiguresRequest, condition, string) {
	fields := []string{
		"action", "indicator", "measure", "stage", "month", "province", "prefecture", "county", "township", "village", "organization",
		"organization.level", "organization.type",
	}
	w.r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	r := &reportv1.QueryFiguresRequest{
		Parent: campaignName, GroupBy: fields[:w.r.IntN(4)], Dimension: actionv1.Formula_Dimension(w.r.IntN(3)), PageSize: int32(1 + w.r.IntN(40)),
	}
	c := w.condition()
	stage := "RECORDED"
	switch {
	case slices.Contains(r.GetGroupBy(), "stage"):
		stage = ""
	case w.r.IntN(3) == 0:
		stage, c.text = "CONFIRMED", strings.TrimPrefix(strings.ReplaceAll("("+c.text+") AND stage = CONFIRMED", "() AND ", ""), " ")
	}
	r.Filter = c.text
	return r, c, stage
}

// all returns the rows of all pages.
func (w *world) all(ctx context.Context, r *reportv1.QueryFiguresRequest) []*reportv1.FigureRow {
	w.t.Helper()
	var rows []*reportv1.FigureRow
	for {
		answer, err := w.QueryFigures(ctx, r)
		if err != nil {
			w.t.Fatalf("%v: %v", r, err)
		}
		rows = append(rows, answer.GetRows()...)
		if answer.GetNextPageToken() == "" {
			if len(rows) != int(answer.GetTotalSize()) {
				w.t.Errorf("%v: %d rows on all pages, want %d", r, len(rows), answer.GetTotalSize())
			}
			return rows
		}
		r = proto.CloneOf(r)
		r.PageToken = answer.GetNextPageToken()
	}
}

func found(rows []*reportv1.FigureRow) map[string]*bruteRow {
	out := map[string]*bruteRow{}
	for _, row := range rows {
		var keys []string
		for _, k := range row.GetKeys() {
			keys = append(keys, k.GetValue())
		}
		b := &bruteRow{
			Count: row.GetCount(), Cash: row.GetCashFen(), Goods: row.GetGoodsFen(), Services: row.GetServiceFen(), Members: row.GetMembers(),
			Quantities: map[string]int64{},
		}
		switch {
		case row.Quantity == nil:
			b.Quantities = nil
		case row.GetQuantity() > 0:
			b.Quantities[row.GetUnit()] = row.GetQuantity()
		}
		out[strings.Join(keys, " ")] = b
	}
	return out
}
