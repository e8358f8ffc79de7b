package cluster

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// Report caches overviews in its process and in Redis. Each round begins with a write that no figure shows, so that no
// process has the new generation in its cache, and the reads reach Redis.
const (
	rounds        = 5
	readsPerRound = 4 // two from each replica
)

func TestTheAnswersAreTheSameWhateverBecomesOfRedis(t *testing.T) {
	cluster := theCluster(t)
	s := cluster.suite(t)
	auditor := s.As(t, "auditor", world.Admin())
	t.Cleanup(func() {
		if err := cluster.redis.kill(); err != nil {
			t.Error(err)
		}
	})
	want := ask(auditor, t, s.Conn, touch(t, s))

	for _, story := range []struct {
		redis string
		begin func(*testing.T, *tier)
		// before is called before each read, with the number of the read over all rounds.
		before  func(t *testing.T, redis *tier, read int)
		useless bool // no answer can come from Redis
	}{
		{redis: "is absent", begin: absent, useless: true},
		{redis: "is there", begin: there},
		{redis: "is wiped", begin: there, before: wipe, useless: true},
		{redis: "holds values of another version", begin: there, before: poison, useless: true},
		{redis: "is cut off in the middle", begin: there, before: cutOff},
	} {
		t.Run(story.redis, func(t *testing.T) {
			redis := &tier{cluster: cluster, suite: s, genuine: map[string][]byte{}}
			story.begin(t, redis)
			used := redis.used(t)
			var newest int64
			for read := range rounds * readsPerRound {
				if read%readsPerRound == 0 {
					newest = touch(t, s)
				}
				if story.before != nil {
					story.before(t, redis, read)
				}
				mustEqual(t, want.Overview, overview(auditor, t, s.Conn, newest))
			}
			if now := redis.used(t); story.useless && now > used {
				t.Errorf("Redis was the source of %v answers", now-used)
			}
			mustEqual(t, want, ask(auditor, t, s.Conn, newest))
		})
	}
}

// tier is the Redis of a test case.
type tier struct {
	cluster *shared
	suite   *suite.Suite
	client  *redis.Client
	genuine map[string][]byte // the last values that report itself wrote
}

// used returns the number of answers from Redis so far.
func (r *tier) used(t *testing.T) float64 {
	t.Helper()
	var sum float64
	for _, replica := range r.cluster.state(t).of("report") {
		for line, value := range replica.metrics(t) {
			if strings.HasPrefix(line, "wancun_cache_reads_total{") && strings.Contains(line, `source="tier"`) {
				n, err := strconv.ParseFloat(value, 64)
				if err != nil {
					t.Fatalf("%s of %s: %v", line, replica.Name, err)
				}
				sum += n
			}
		}
	}
	return sum
}

func absent(t *testing.T, r *tier) {
	t.Helper()
	if err := r.cluster.redis.kill(); err != nil {
		t.Fatal(err)
	}
}

// there starts Redis if necessary, and waits until report uses it.
func there(t *testing.T, r *tier) {
	t.Helper()
	r.cluster.redis.start(t)
	r.client = redis.NewClient(&redis.Options{Addr: r.cluster.redis.address})
	t.Cleanup(func() { _ = r.client.Close() }) // nothing is left to lose
	before := r.used(t)
	suite.Eventually(t, "report to answer from Redis", func() bool {
		newest := touch(t, r.suite)
		for range readsPerRound {
			overview(t.Context(), t, r.suite.Conn, newest)
		}
		return r.used(t) > before
	})
}

func wipe(t *testing.T, r *tier, _ int) {
	t.Helper()
	if err := r.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatalf("wipe Redis: %v", err)
	}
}

// poison replaces each value with a forgery: one of another version of report, of an older format, or by a writer
// without the key. Each read uses the next kind.
func poison(t *testing.T, r *tier, read int) {
	t.Helper()
	cells, err := r.client.Keys(t.Context(), "wancun:*").Result()
	if err != nil || len(cells) == 0 {
		t.Fatalf("cells in Redis: %v, %v", cells, err)
	}
	for _, cell := range cells {
		value, err := r.client.Get(t.Context(), cell).Bytes()
		if err != nil {
			t.Fatalf("read %s: %v", cell, err)
		}
		if len(value) < 1000 { // still a forgery
			value = r.genuine[cell]
		}
		r.genuine[cell] = value
		if err := r.client.Set(t.Context(), cell, forgeries[read%len(forgeries)](value), 0).Err(); err != nil {
			t.Fatalf("write %s: %v", cell, err)
		}
	}
}

// The first byte of a value is its version; the next eight bytes are its generation.
const headSize = 9

// newer is a generation that is new enough for every caller.
var newer = binary.BigEndian.AppendUint64(nil, 1<<62)

// forgeries make wrong values from a value that report wrote.
var forgeries = []func(value []byte) []byte{
	func(value []byte) []byte { return slices.Concat([]byte{value[0] + 1}, newer, value[headSize:]) },
	func(value []byte) []byte { return slices.Concat(value[:1], newer, value[headSize:]) },
	func(value []byte) []byte { return slices.Concat(value[:1], newer) },
	func([]byte) []byte { return []byte(`{"generation":4611686018427387904,"data":"{}"}`) },
	func([]byte) []byte { return nil },
}

// cutOff makes Redis stop answering in the middle of the reads, like a network that drops all packets, and later kills
// it.
func cutOff(t *testing.T, r *tier, read int) {
	t.Helper()
	switch read {
	case rounds * readsPerRound / 2:
		r.cluster.redis.stop(t)
	case rounds * readsPerRound * 3 / 4:
		if err := r.cluster.redis.kill(); err != nil {
			t.Fatal(err)
		}
	}
}
