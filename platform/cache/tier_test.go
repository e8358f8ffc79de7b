package cache_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/servertest"
)

var macKey = bytes.Repeat([]byte{7}, 32)

// server is a Redis to test with: miniredis always, and the real one that WANCUN_TEST_REDIS names.
type server struct {
	name string
	url  func(t *testing.T) string
}

func tiers(t *testing.T) []server {
	t.Helper()
	return []server{
		{"miniredis", func(t *testing.T) string { return "redis://" + miniredis.RunT(t).Addr() }},
		{"redis", func(t *testing.T) string { return servertest.Redis(t) }},
	}
}

func (s server) open(t *testing.T) *cache.Redis {
	t.Helper()
	return openRedis(t, s.url(t), patient)
}

// patient is a timeout for a Redis that answers: on a busy machine a late reply must not fail a test.
const patient = 10 * time.Second

func openRedis(t *testing.T, url string, timeout time.Duration) *cache.Redis {
	t.Helper()
	r, err := cache.NewRedis(cache.RedisConfig{URL: url, Timeout: timeout, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestWhatOneReplicaComputedServesTheOthers(t *testing.T) {
	onEveryServer(t, func(t *testing.T, url string) {
		data := newData()
		here, there := replicaOn(t, openRedis(t, url, patient)), replicaOn(t, openRedis(t, url, patient))
		data.want(t, here, overview, 0, 1)
		data.want(t, there, overview, 1, 1)
		if n := data.loads.Load(); n != 1 {
			t.Errorf("%d loads, want 1", n)
		}
	})
}

func TestAnswersAreTheSameWhateverRedisHolds(t *testing.T) {
	spoil := map[string]func(value []byte) []byte{
		"nothing":                 func([]byte) []byte { return nil },
		"an empty value":          func([]byte) []byte { return []byte{} },
		"rubbish":                 func(v []byte) []byte { return bytes.Repeat([]byte{0xff}, len(v)) },
		"text":                    func([]byte) []byte { return []byte("<html>captive portal</html>") },
		"a cut value":             func(v []byte) []byte { return v[:len(v)-1] },
		"a value with more bytes": func(v []byte) []byte { return append(v, '0') },
		"another version":         func(v []byte) []byte { v[0]++; return v },
		"a higher generation":     func(v []byte) []byte { v[1] = 0x7f; return v },
		"a later time":            func(v []byte) []byte { v[9] = 0x7f; return v },
		"other data":              func(v []byte) []byte { v[len(v)-1] = '9'; return v },
	}
	onEveryServer(t, func(t *testing.T, url string) {
		client := rawClient(t, url)
		for name, change := range spoil {
			t.Run(name, func(t *testing.T) {
				data, tier := newData(), openRedis(t, url, patient)
				data.want(t, replicaOn(t, tier), overview, 0, 1)
				rewrite(t, client, change)
				fresh := replicaOn(t, tier)
				data.want(t, fresh, overview, 0, 1)
				if n := data.loads.Load(); n != 2 {
					t.Errorf("%d loads, want 2: the spoilt value was believed", n)
				}
				data.want(t, replicaOn(t, tier), overview, 0, 1)
				if n := data.loads.Load(); n != 2 {
					t.Errorf("%d loads, want 2: the spoilt value was not replaced", n)
				}
			})
		}
	})
}

func TestAValueUnderAnotherKeyOrMACKeyIsNotBelieved(t *testing.T) {
	data, tier := newData(), newMemoryTier()
	data.want(t, replicaOn(t, tier), overview, 0, 1)

	t.Run("moved to another key", func(t *testing.T) {
		var moved []byte
		for _, moved = range tier.cells {
		}
		data.want(t, replicaOn(t, tier), "coverage", 0, 1)
		for cell := range tier.cells {
			tier.cells[cell] = moved
		}
		before := data.loads.Load()
		data.want(t, replicaOn(t, tier), "coverage", 0, 1)
		if data.loads.Load() == before {
			t.Error("the answer of one query served another")
		}
	})
	t.Run("made with another MAC key", func(t *testing.T) {
		before := data.loads.Load()
		stranger := newCache(t, cache.Config{Name: t.Name(), Clock: time.Now, Shared: tier, MACKey: bytes.Repeat([]byte{8}, 32)})
		data.want(t, stranger, overview, 0, 1)
		if data.loads.Load() == before {
			t.Error("a value under another MAC key was believed")
		}
	})
}

func TestQueriesCannotBeReadInRedis(t *testing.T) {
	tier := newMemoryTier()
	newData().want(t, replicaOn(t, tier), "search 王小明", 0, 1)
	for cell, value := range tier.cells {
		if strings.Contains(cell, "王") || bytes.Contains(value, []byte("王")) {
			t.Errorf("the tier holds %s = %q", cell, value)
		}
	}
}

func TestWithoutRedisAnswersAreTheSameAndNoCallerReceivesAnError(t *testing.T) {
	for name, url := range map[string]string{
		"refused":                      "redis://" + refusing(t),
		"hanging":                      "redis://" + silent(t),
		"speaking another protocol":    "redis://" + chattering(t),
		"a cluster that refuses":       "redis://" + refusing(t) + "?addr=" + refusing(t),
		"sentinels that hang":          "redis://" + silent(t) + "?addr=" + silent(t) + "&master_name=wancun",
		"hanging in the TLS handshake": "rediss://" + silent(t),
	} {
		t.Run(name, func(t *testing.T) {
			data, c := newData(), replicaOn(t, openRedis(t, url, 0))
			for g := int64(1); g <= 20; g++ {
				data.want(t, c, overview, g, g)
				data.commit(c)
			}
		})
	}
}

func TestRedisThatGoesAndComesBackIsUsedAgain(t *testing.T) {
	m := miniredis.RunT(t)
	var log bytes.Buffer
	tier, err := cache.NewRedis(cache.RedisConfig{URL: "redis://" + m.Addr(), Timeout: patient, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tier.Close() }()
	data, c := newData(), replicaOn(t, tier)
	data.want(t, c, overview, 0, 1)
	m.Close()
	for g := int64(2); g <= 10; g++ {
		data.commit(c)
		data.want(t, c, overview, g, g)
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	for back := false; !back && t.Context().Err() == nil; { // the breaker's next probe is up to a second away
		tier.Set(t.Context(), "probe", []byte("1"))
		_, back = tier.Get(t.Context(), "probe")
	}
	data.commit(c)
	data.want(t, c, overview, 11, 11)
	before := data.loads.Load()
	data.want(t, replicaOn(t, tier), overview, 11, 11)
	if data.loads.Load() != before {
		t.Error("Redis is back, and another replica had to load again")
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("the log has %d lines, want one of each:\n%s", n, log.String())
	}
}

// logBook records what is logged.
type logBook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBook) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestWhatTheClientHasToSayIsALineOfTheLog(t *testing.T) {
	m := miniredis.RunT(t)
	log := &logBook{}
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	tier, err := cache.NewRedis(cache.RedisConfig{URL: "redis://" + m.Addr(), Timeout: patient, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tier.Close() }()
	m.Close()
	if _, ok := tier.Get(t.Context(), "k"); ok {
		t.Error("a Redis that is away answers")
	}
	if text := log.String(); !strings.Contains(text, `"level":"DEBUG","msg":"redis client","says":"redis: connection pool: failed to dial`) {
		t.Errorf("the log:\n%s", text)
	}
}

func TestACallerThatLeavesDoesNotCountAgainstRedis(t *testing.T) {
	tier := openRedis(t, "redis://"+miniredis.RunT(t).Addr(), patient)
	tier.Set(t.Context(), "k", []byte("v"))
	left, leave := context.WithCancel(t.Context())
	leave()
	for range 10 {
		if _, ok := tier.Get(left, "k"); ok {
			t.Error("a call that was over got an answer")
		}
	}
	if v, ok := tier.Get(t.Context(), "k"); !ok || string(v) != "v" {
		t.Errorf("Get = %q, %v; the breaker opened for nothing", v, ok)
	}
}

func TestAValueTooLargeToArriveInTimeIsNotSent(t *testing.T) {
	tier := openRedis(t, "redis://"+miniredis.RunT(t).Addr(), patient)
	tier.Set(t.Context(), "k", make([]byte, 2<<20))
	if _, ok := tier.Get(t.Context(), "k"); ok {
		t.Error("2 MiB were sent to Redis")
	}
}

func TestAURLThatCannotBeReadIsRefusedWithoutRepeatingIt(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	for _, url := range []string{"", "redis:// secret", "http://:secret@host", "unix://:secret@/run/redis.sock", "redis://:secret@host/?dial_timeout=5s", "redis://:secret@host/zero"} {
		_, err := cache.NewRedis(cache.RedisConfig{URL: url, Logger: logger})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("NewRedis(%q) = %v", url, err)
		}
	}
	if _, err := cache.NewRedis(cache.RedisConfig{URL: "redis://host"}); err == nil || !strings.Contains(err.Error(), "Logger") {
		t.Errorf("NewRedis without a logger = %v", err)
	}
}

func onEveryServer(t *testing.T, story func(t *testing.T, url string)) {
	t.Helper()
	for _, s := range tiers(t) {
		t.Run(s.name, func(t *testing.T) { story(t, s.url(t)) })
	}
}

// replicaOn returns a cache with the name of the test, so that tests can share a server.
func replicaOn(t *testing.T, tier cache.Shared) *cache.Cache {
	t.Helper()
	return newCache(t, cache.Config{Name: t.Name(), Clock: time.Now, Period: time.Minute, Shared: tier, MACKey: macKey})
}

func rawClient(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// rewrite replaces what this test's caches have stored in Redis; nil deletes it.
func rewrite(t *testing.T, client *redis.Client, change func([]byte) []byte) {
	t.Helper()
	keys, err := client.Keys(t.Context(), "wancun:"+t.Name()+":*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys in Redis = %q, %v; want one", keys, err)
	}
	value, err := client.Get(t.Context(), keys[0]).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if value = change(value); value == nil {
		err = client.Del(t.Context(), keys[0]).Err()
	} else {
		err = client.Set(t.Context(), keys[0], value, time.Minute).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refusing returns an address on which nothing listens.
func refusing(t *testing.T) string {
	t.Helper()
	l := listen(t)
	_ = l.Close()
	return l.Addr().String()
}

// silent accepts connections and sends nothing.
func silent(t *testing.T) string { return accepting(t, func(net.Conn) {}) }

// chattering answers everything, but not in Redis's protocol.
func chattering(t *testing.T) string {
	return accepting(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) })
}

func accepting(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			go func() {
				_, _ = io.Copy(io.Discard, conn) // until the client hangs up
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
