package resource_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
)

// The tests store two resources of the contract: needs, which belong to a village, and organizations, which have
// personal fields and can move to another division.
var migration = fstest.MapFS{"00001_resources.sql": {Data: []byte(`-- +goose Up
CREATE TABLE needs (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL,
	village TEXT NOT NULL, category TEXT NOT NULL, quantity BIGINT NOT NULL, survey_date BIGINT NOT NULL, state BIGINT NOT NULL);
CREATE TABLE alike_needs (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, village TEXT NOT NULL, likeness TEXT NOT NULL);
CREATE UNIQUE INDEX alike_needs_by_likeness ON alike_needs (likeness) WHERE likeness <> '';
CREATE TABLE sole_needs (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, village TEXT NOT NULL, sole TEXT NOT NULL);
CREATE UNIQUE INDEX sole_needs_by_sole ON sole_needs (sole) WHERE sole <> '';
CREATE TABLE pledged_needs (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, village TEXT NOT NULL,
	pledged_counter TEXT NOT NULL, pledged_amount BIGINT NOT NULL);
CREATE INDEX pledged_needs_by_counter ON pledged_needs (pledged_counter);
CREATE TABLE deliveries (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, uscc TEXT NOT NULL, area TEXT NOT NULL);
CREATE TABLE organizations (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, uscc TEXT NOT NULL, area TEXT NOT NULL, approved BOOLEAN NOT NULL);
`)}}

func needKind() resource.Kind[*villagev1.Need] {
	return resource.Kind[*villagev1.Need]{
		Table:   "needs",
		Parents: villages{},
		Columns: []resource.Column[*villagev1.Need]{
			resource.Text("village", func(n *villagev1.Need) string { return access.AreaOf(n.GetName()) }).Area().Matching(resourcev1.E_StatisticalCode),
			resource.Text("category", (*villagev1.Need).GetCategory),
			resource.Integer("quantity", (*villagev1.Need).GetQuantity),
			resource.Date("survey_date", (*villagev1.Need).GetSurveyDate),
			resource.Enum("state", (*villagev1.Need).GetState),
		},
		Validate: func(n *villagev1.Need) error {
			if n.GetUnit() == "person" && n.GetQuantity() > 1_000_000 {
				return fault.Invalid("quantity", "TOO_MANY", "are more people than a village has")
			}
			return nil
		},
	}
}

// villages are the known parents of needs: all except those that begin with nowhere.
type villages struct{}

// Known implements [resource.Parents].
func (villages) Known(_ context.Context, names []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, name := range names {
		known[name] = !strings.HasPrefix(name, nowhere)
	}
	return known, nil
}

// nowhere is the prefix of villages that do not exist.
const nowhere = "villages/99"

func organizationKind() resource.Kind[*orgv1.Organization] {
	return resource.Kind[*orgv1.Organization]{
		Table: "organizations",
		Columns: []resource.Column[*orgv1.Organization]{
			resource.Text("uscc", (*orgv1.Organization).GetUscc).Organization(),
			resource.Text("area", func(o *orgv1.Organization) string { return access.AreaOf(o.GetDivision()) }).Area(),
			resource.Boolean("approved", func(o *orgv1.Organization) bool { return o.GetState() == orgv1.Organization_APPROVED }),
		},
		OpenReads: true,
	}
}

// kit is a Kit and its stores on one engine.
type kit struct {
	testing.TB
	db   *database.DB
	deps resource.Deps
	*resource.Kit
	needs *resource.Store[*villagev1.Need]
	orgs  *resource.Store[*orgv1.Organization]
	clock *atomic.Int64 // in microseconds
	said  *said
}

// said collects the log of the kit.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// onEachEngine runs a test on SQLite, and on PostgreSQL if there is a server.
func onEachEngine(t *testing.T, story func(t *testing.T, k *kit)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { story(t, openKit(t, "sqlite://"+t.TempDir()+"/kit.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { story(t, openKit(t, servertest.Postgres(t))) })
}

func openKit(tb testing.TB, url string) *kit {
	tb.Helper()
	ctx := context.Background()
	db := must(database.Open(ctx, database.Config{URL: url}))(tb)
	tb.Cleanup(func() { _ = db.Close() })
	check(tb, journal.Migrate(ctx, db))
	check(tb, db.Migrate(ctx, migration, "goose_db_version"))
	check(tb, resource.Counters().Run(ctx, db))
	k := &kit{TB: tb, db: db, clock: &atomic.Int64{}, said: &said{}}
	k.clock.Store(1_566_300_000_000_000)
	k.deps = servertest.Deps(tb, "village", db)
	k.deps.Logger = slog.New(slog.NewTextHandler(k.said, nil))
	k.deps.Clock = func() time.Time { return time.UnixMicro(k.clock.Add(1)) }
	k.Kit = must(resource.Open(ctx, k.deps))(tb)
	tb.Cleanup(func() { _ = k.Kit.Close() })
	k.needs = must(resource.NewStore(ctx, k.Kit, needKind()))(tb)
	k.orgs = must(resource.NewStore(ctx, k.Kit, organizationKind()))(tb)
	return k
}

// replica returns a second process of the kit's service on the same PostgreSQL.
func (k *kit) replica(t *testing.T, url string) *kit {
	t.Helper()
	other := &kit{TB: t, deps: k.deps, clock: k.clock, said: k.said}
	other.db = must(database.Open(t.Context(), database.Config{URL: url}))(t)
	t.Cleanup(func() { _ = other.db.Close() })
	other.deps.DB = other.db
	other.Kit = must(resource.Open(t.Context(), other.deps))(t)
	t.Cleanup(func() { _ = other.Kit.Close() })
	return other
}

// must returns a function that returns the value, or fails the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		check(tb, err)
		return v
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// wantFault checks the code, the reason and, if given, the fields of an error.
func wantFault(tb testing.TB, err error, code codes.Code, reason string, fields ...string) {
	tb.Helper()
	f, ok := fault.From(err)
	if !ok || f.Code() != code || f.Reason() != reason {
		tb.Fatalf("error = %v, want %v %s", err, code, reason)
	}
	var got []string
	for _, v := range f.Violations() {
		got = append(got, v.Field)
	}
	if len(fields) > 0 && strings.Join(got, " ") != strings.Join(fields, " ") {
		tb.Fatalf("violated fields = %q, want %q", got, fields)
	}
}

// as returns the context of a caller with one grant.
func as(role accessv1.Grant_Role, area, organization string) context.Context {
	return access.With(context.Background(), access.Principal{
		Subject: "u-" + area + organization,
		Grants:  []*accessv1.Grant{{Role: role, Area: area, Organization: organization}},
	})
}

// in returns the context of a clerk whose area has a territory.
func in(area string, territory ...*accessv1.Grant_Part) context.Context {
	return access.With(context.Background(), access.Principal{
		Subject: "u-" + area, Grants: []*accessv1.Grant{{Role: accessv1.Grant_COUNTY_CLERK, Area: area, Territory: territory}},
	})
}

func part(prefix string, except ...string) *accessv1.Grant_Part {
	return &accessv1.Grant_Part{Prefix: prefix, Except: except}
}

func province() context.Context { return as(accessv1.Grant_PROVINCE_ADMIN, "43", "") }

const (
	luxi = "villages/433122001201" // in county 433122
	huay = "villages/433124001201" // in county 433124
)

func needName(village string, n int) string {
	return fmt.Sprintf("%s/needs/00000000-0000-4000-8000-%012d", village, n)
}

func someNeed(quantity int64) *villagev1.Need {
	return &villagev1.Need{
		Category: "cataract_patients", Quantity: quantity, Unit: "person", SurveyDate: &date.Date{Year: 2019, Month: 8, Day: 1},
	}
}

// createNeed stores a need as the province.
func (k *kit) createNeed(village string, n int, quantity int64) *villagev1.Need {
	k.Helper()
	return must(k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(village, n), someNeed(quantity), nil))(k)
}

// entries returns the whole journal.
func (k *kit) entries() []*journalv1.Record {
	k.Helper()
	check(k, k.Journal().Sync(context.Background()))
	rows := must(database.All[[]byte](context.Background(), k.db.Reader(), "SELECT record FROM journal_entries ORDER BY position"))(k)
	out := make([]*journalv1.Record, len(rows))
	for i, b := range rows {
		out[i] = decodeRecord(k, b)
	}
	return out
}
