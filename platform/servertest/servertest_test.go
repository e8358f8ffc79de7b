package servertest_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

type whoami struct {
	villagev1.UnimplementedNeedServiceServer
}

func (whoami) GetNeed(ctx context.Context, _ *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	return &villagev1.Need{VerifiedBy: access.From(ctx).Subject}, nil
}

func TestACallerIsWhoTheTestSays(t *testing.T) {
	needs := villagev1.NewNeedServiceClient(servertest.Start(t, func(r grpc.ServiceRegistrar) {
		villagev1.RegisterNeedServiceServer(r, whoami{})
	}))
	ctx := servertest.As(t.Context(), "u-1", servertest.Grant(accessv1.Grant_LEADER))
	ctx = servertest.As(ctx, "u-2", servertest.Grant(accessv1.Grant_ORGANIZATION_MANAGER, "43", "51430000MJ0212345X"))
	need, err := needs.GetNeed(ctx, &villagev1.GetNeedRequest{Name: "villages/433124001201/needs/0192d0f0-0000-7000-8000-000000000001"})
	if err != nil || need.GetVerifiedBy() != "u-2" {
		t.Errorf("the server saw %v, %v; want the caller named last", need, err)
	}
	if p := access.From(ctx); p.Subject != "u-2" || !p.Covers("4331", "51430000MJ0212345X") {
		t.Errorf("without a server the caller is %v", p)
	}
}

func TestAClockShowsTheTimeItWasSetTo(t *testing.T) {
	noon := time.Date(2019, 12, 1, 12, 0, 0, 0, time.UTC)
	c := servertest.NewClock(noon)
	c.Advance(time.Hour)
	if got := c.Now(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("after an hour it is %v", got)
	}
	c.Set(noon)
	if got := c.Now(); !got.Equal(noon) {
		t.Errorf("set to %v it is %v", noon, got)
	}
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		servertest.Engines(t, func(t *testing.T, db *database.DB) {
			if err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
				_, err := tx.ExecContext(ctx, "CREATE TABLE mine (name TEXT PRIMARY KEY)")
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestASchemaIsGoneAfterItsTest(t *testing.T) {
	servertest.Postgres(t) // without a server the test leaves nothing behind
	var address string
	t.Run("inner", func(t *testing.T) { address = servertest.Postgres(t) })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var left int
	row := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_namespace WHERE nspname = $1", u.Query().Get("search_path"))
	if err := row.Scan(&left); err != nil || left != 0 {
		t.Errorf("%d schemas are left behind, %v", left, err)
	}
}

func TestEachTestHasARedisDatabaseOfItsOwn(t *testing.T) {
	connect := func(t *testing.T) *redis.Client {
		t.Helper()
		options, err := redis.ParseURL(servertest.Redis(t))
		if err != nil {
			t.Fatal(err)
		}
		c := redis.NewClient(options)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	one, two := connect(t), connect(t)
	if err := one.Set(t.Context(), "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := two.DBSize(t.Context()).Result(); err != nil || n != 0 {
		t.Errorf("the other test sees %d keys, %v", n, err)
	}
}
