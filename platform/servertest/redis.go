package servertest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// claimFor is the time after which the claim of a test that crashed expires.
const claimFor = 10 * time.Minute

// Redis returns the URL of an empty database of a Redis server, for this test alone: the first of the databases 1 to 15
// that no other test has claimed in database 0. When the test ends, the database is emptied and the claim removed.
func Redis(tb testing.TB) string {
	tb.Helper()
	address, err := url.Parse(realServer(tb, "WANCUN_TEST_REDIS"))
	if err != nil {
		tb.Fatalf("WANCUN_TEST_REDIS: %v", err)
	}
	desk := connect(tb, address, 0)
	for n := 1; n <= 15; n++ {
		claim := fmt.Sprintf("wancun:servertest:%d", n)
		claimed, err := desk.SetNX(tb.Context(), claim, tb.Name(), claimFor).Result()
		if err != nil {
			tb.Fatalf("claim a database of WANCUN_TEST_REDIS: %v", err)
		}
		if !claimed {
			continue
		}
		own := connect(tb, address, n)
		ctx := context.WithoutCancel(tb.Context())
		tb.Cleanup(func() {
			if err := own.FlushDB(ctx).Err(); err != nil {
				tb.Logf("empty the database: %v", err) // the test may have stopped the server
			}
			desk.Del(ctx, claim)
		})
		if err := own.FlushDB(ctx).Err(); err != nil {
			tb.Fatalf("empty the database: %v", err)
		}
		return numbered(address, n)
	}
	tb.Fatal("all databases of WANCUN_TEST_REDIS are claimed by other tests")
	return ""
}

func numbered(address *url.URL, database int) string {
	own := *address
	own.Path = fmt.Sprintf("/%d", database)
	return own.String()
}

func connect(tb testing.TB, address *url.URL, database int) *redis.Client {
	tb.Helper()
	options, err := redis.ParseURL(numbered(address, database))
	if err != nil {
		tb.Fatalf("WANCUN_TEST_REDIS: %v", err)
	}
	c := redis.NewClient(options)
	tb.Cleanup(func() { _ = c.Close() })
	return c
}
