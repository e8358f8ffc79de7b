package bench

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/action"
)

const (
	writers  = 16
	campaign = "campaigns/bench"

	villageCount      = 600 // in 19 counties, as in the notice
	organizationCount = 120
)

func on(month, day int) *date.Date {
	return &date.Date{Year: 2019, Month: int32(month), Day: int32(day)}
}

func villageName(n int) string {
	county := n % 19
	return fmt.Sprintf("villages/43%02d%02d%03d%03d", 1+county%14, 21+county, 1+n%40, 200+n)
}

func uscc(n int) string { return fmt.Sprintf("51430000MJJ%07d", n) }

// delivery returns the n-th delivery of a mixed series: both actions, and all villages, organizations and months. No two
// of the first hundred million are alike, or the second would be refused with a question.
func delivery(n int) *actionv1.Delivery {
	d := &actionv1.Delivery{
		Action: "bright", Indicator: "BR03", Organization: "organizations/" + uscc(n%organizationCount), Village: villageName(n % villageCount),
		DeliveryDate: on(5+n%7, 1+n%28), Quantity: int64(1 + n%9973), Beneficiaries: int64(1 + n%9), Note: "在村卫生室完成，村医随访",
	}
	if n%3 == 0 {
		d.Action, d.Indicator, d.Quantity, d.ValueFen, d.Measure = "hope", "HP04", 0, int64(100_000+n%9973), actionv1.Delivery_CASH
	}
	return d
}

func benchCampaign() *actionv1.Campaign {
	operations := &actionv1.Formula{Of: actionv1.Formula_SUM_QUANTITY, Source: actionv1.Formula_DELIVERIES, Named: true}
	money := &actionv1.Formula{Of: actionv1.Formula_SUM_FEN, Source: actionv1.Formula_DELIVERIES, Named: true}
	return &actionv1.Campaign{
		DisplayName: "示例行动", DisplayNameEn: "Example", Scope: "scopes/bench", StartDate: on(5, 1),
		Actions: []*actionv1.Action{{Id: "bright", DisplayName: "光明行"}, {Id: "hope", DisplayName: "希望行"}},
		Indicators: []*actionv1.Indicator{
			{Id: "BR03", Group: "bright", DisplayName: "复明手术", Unit: "operation", Kind: actionv1.Indicator_COUNT, Formula: operations},
			{Id: "HP04", Group: "hope", DisplayName: "发放现金", Unit: "CNY", Kind: actionv1.Indicator_CASH_VALUE, Formula: money},
		},
	}
}

// recorders are clients that record deliveries over one or several connections.
type recorders struct {
	ctx     context.Context
	conns   []*grpc.ClientConn
	clients []actionv1.DeliveryServiceClient // one for each connection
	journal journalv1.JournalServiceClient
	made    atomic.Int64
	before  int64 // entries of the journal that are not deliveries
}

// connections dials an address n times.
func connections(b *testing.B, address string, n int) []*grpc.ClientConn {
	b.Helper()
	var out []*grpc.ClientConn
	for range n {
		out = append(out, servertest.Dial(b, address))
	}
	return out
}

// newRecorders creates the campaign for the deliveries.
func newRecorders(b *testing.B, conns ...*grpc.ClientConn) *recorders {
	b.Helper()
	r := &recorders{ctx: as(b.Context(), "office", accessv1.Grant_PROVINCE_ADMIN, "43"), conns: conns, before: 1}
	for _, conn := range conns {
		r.clients = append(r.clients, actionv1.NewDeliveryServiceClient(conn))
	}
	r.journal = journalv1.NewJournalServiceClient(conns[0])
	_, err := actionv1.NewCampaignServiceClient(conns[0]).CreateCampaign(r.ctx, &actionv1.CreateCampaignRequest{CampaignId: "bench", Campaign: benchCampaign()})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// record records one more delivery and returns its name.
func (r *recorders) record(client int) (string, error) {
	d, err := r.clients[client%len(r.clients)].CreateDelivery(r.ctx, &actionv1.CreateDeliveryRequest{
		Parent: campaign, Delivery: delivery(int(r.made.Add(1))), RequestId: uuid.NewString(),
	})
	return d.GetName(), err
}

// numbered waits until a log has numbered this many entries. It follows the log from its newest checkpoint.
func numbered(ctx context.Context, journal journalv1.JournalServiceClient, log string, entries int64) error {
	ctx, cancel := context.WithCancel(as(ctx, "auditor", accessv1.Grant_AUDITOR))
	defer cancel()
	c, err := journal.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: log})
	if err != nil || c.GetSize() >= entries {
		return err
	}
	stream, err := journal.Read(ctx, &journalv1.ReadRequest{Log: log, After: c.GetSize(), Follow: true})
	for err == nil && c.GetSize() < entries {
		var page *journalv1.ReadResponse
		page, err = stream.Recv()
		c = page.GetCheckpoint()
	}
	return err
}

func (r *recorders) numbered() error {
	return numbered(r.ctx, r.journal, "logs/action", r.before+r.made.Load())
}

// rate records deliveries for a turn, and waits until all of them are numbered.
func (r *recorders) rate(b *testing.B) float64 {
	return closedLoop(b, writers, func(client int) error {
		_, err := r.record(client)
		return err
	}, r.numbered)
}

// BenchmarkRecordDelivery records deliveries over gRPC on loopback TCP, each with a request id, through authentication,
// policy, validation, the rules and the journal, until the last one is numbered and signed. The other side inserts the
// same rows into the same table with plain inserts, one transaction for each row. The 16 clients have a connection
// each, or share one as the callers of a gateway do.
func BenchmarkRecordDelivery(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		for _, n := range []int{writers, 1} {
			b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
				ours := newRecorders(b, connections(b, serve(b, openAction(b, empty(), nil).Register), n)...)
				compare(b, "writes/s", ours.rate, plainInserts(b, empty()))
			})
		}
	})
}

// plainInserts only inserts delivery rows. On PostgreSQL each insert is BEGIN, INSERT and COMMIT in one pipelined batch
// of pgx. On SQLite the inserts share commits, as those of the suite do; otherwise each writer would wait for the fsync
// of the others.
func plainInserts(b *testing.B, target string) rate {
	b.Helper()
	db := migrated(b, target, action.Service().Migrate)
	insert := func(ctx context.Context, text string, row []any) error {
		return db.Apply(ctx, []database.Statement{{SQL: text, Args: row, Rows: database.AnyRows}})
	}
	if db.Engine() == database.Postgres {
		pool := pgxPool(b, target)
		insert = func(ctx context.Context, text string, row []any) error { return inOneBatch(ctx, pool, text, row) }
	}
	text := db.Insert(database.Into("deliveries", deliveryColumns()...), [][]any{make([]any, len(deliveryColumns()))})[0].SQL
	var made atomic.Int64
	return func(b *testing.B) float64 {
		return closedLoop(b, writers, func(int) error { return insert(b.Context(), text, deliveryRow(b, int(made.Add(1)))) }, nil)
	}
}

func inOneBatch(ctx context.Context, pool *pgxpool.Pool, text string, row []any) error {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	batch.Queue(text, row...)
	batch.Queue("COMMIT")
	return pool.SendBatch(ctx, batch).Close()
}

func pgxPool(b *testing.B, target string) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig(target)
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = writers
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

func deliveryColumns() []string {
	return []string{
		"name", "revision", "create_us", "update_us", "body", "personal", "mac", "campaign", "action", "indicator", "organization", "uscc",
		"village", "area", "delivery_date", "measure", "state", "likeness",
	}
}

// deliveryRow returns the row that the service stores for delivery n.
func deliveryRow(b *testing.B, n int) []any {
	d := delivery(n)
	d.Name, d.State, d.RecordedBy = campaign+"/deliveries/"+newID(), actionv1.Delivery_RECORDED, "office"
	body, err := proto.Marshal(d)
	if err != nil {
		b.Error(err)
	}
	now := time.Now().UnixMicro()
	return []any{
		d.GetName(), int64(1), now, now, body, nil, make([]byte, 16), campaign, d.GetAction(), d.GetIndicator(), d.GetOrganization(),
		d.GetOrganization()[len("organizations/"):], d.GetVillage(), d.GetVillage()[len("villages/"):], int64(day.Number(d.GetDeliveryDate())),
		int64(d.GetMeasure()), int64(d.GetState()), strings.ReplaceAll(newID(), "-", ""),
	}
}
