package cluster

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// A stopped process keeps its connections and the locks of its transactions, like a process on a paused machine or
// behind a network failure. Unlike after a kill, no connection is closed, so no other process notices.

func TestAFrozenReplicaDelaysNoCaller(t *testing.T) {
	dir, flags := t.TempDir(), servers(t)
	cluster := startCluster(t, append([]string{"--no-demo", "--restart", "--data", dir}, flags...)...)
	before := serving(t, cluster, dir)
	s := suite.Join(t, before.Gateway, dir, before.Issuer)
	world.Build(t, s)
	moves := watch(t, before.Postgres)
	work := keepOn(t, s)
	for _, story := range []struct {
		victim, table string
	}{
		{"action-1", "action.journal_head"}, // while it numbers entries
		{"action-2", "action.deliveries"},   // while it writes a delivery
		{"report-1", "report.cursors"},      // while it follows the journals
	} {
		ok := t.Run(story.table, func(t *testing.T) {
			victim := before.named(t, story.victim)
			work.await(t, 1)
			moves.freeze(t, victim, story.table)
			moves.killed(victim)
			began := time.Now()
			work.await(t, 2)
			t.Logf("every desk is served twice after %v", time.Since(began))
			journals := journalv1.NewJournalServiceClient(s.Conn)
			suite.Eventually(t, "a checkpoint over what was written meanwhile", func() bool {
				c, err := journals.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/action"})
				return err == nil && c.GetSize() > 0 && moves.after(t, "head of action", began) || t.Failed()
			})
			suite.Eventually(t, "the reports to go on", func() bool {
				return moves.after(t, "cursor in action", began) || t.Failed()
			})
			if err := syscall.Kill(victim.PID, syscall.SIGCONT); err != nil {
				t.Fatalf("wake %s: %v", victim.Name, err)
			}
			suite.Eventually(t, victim.Name+" to be ready", func() bool { return victim.ready(t) })
			work.await(t, 2)
		})
		if !ok {
			return
		}
	}
	work.end()
	work.mustStand(t)
	world.Balanced(t, s, world.TheCampaign())
	end := moves.count(t, "action")
	moves.mustLeadTo(t, "head of action", end)
	moves.mustLeadTo(t, "cursor in action", end)
	moves.mustGoOn(t)
	if now, ok := read(t, dir); !ok || len(now.Processes) != len(before.Processes) {
		t.Error("the cluster has gone")
	} else {
		for n, p := range now.Processes {
			if p.PID != before.Processes[n].PID {
				t.Errorf("%s was started again", p.Name)
			}
		}
	}
	if code := cluster.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code = %d", code)
	}
	audited(t, dir, flags)
}

// work runs desks that record and answer deliveries, one after the other.
type work struct {
	*script
	turns  [desks]atomic.Int64 // acknowledged
	enough chan struct{}
	end    func()
}

func keepOn(t *testing.T, s *suite.Suite) *work {
	t.Helper()
	w := &work{script: newScript(t, s), enough: make(chan struct{})}
	w.patient = true
	var all sync.WaitGroup
	w.end = sync.OnceFunc(func() { close(w.enough); all.Wait() })
	t.Cleanup(w.end)
	for desk := range desks {
		all.Go(func() {
			for turn := 0; ; turn++ {
				select {
				case <-w.enough:
					return
				default:
				}
				if err := w.deliver(t, desk, turn); err != nil {
					t.Errorf("desk %d, turn %d: %v", desk, turn, err)
					return
				}
				w.turns[desk].Add(1)
				pause(t.Context())
			}
		})
	}
	return w
}

// await waits until every desk has completed this many more turns.
func (w *work) await(t *testing.T, more int64) {
	t.Helper()
	var want [desks]int64
	for desk := range desks {
		want[desk] = w.turns[desk].Load() + more
	}
	suite.Eventually(t, "every desk to be served", func() bool {
		for desk := range desks {
			if w.turns[desk].Load() < want[desk] {
				return t.Failed()
			}
		}
		return true
	})
	if t.Failed() {
		t.FailNow()
	}
}

// freeze stops a process at a moment when one of its transactions holds a lock on a table and waits for its next
// statement.
func (m *moves) freeze(t *testing.T, r replica, table string) {
	t.Helper()
	attempts := 0
	suite.Eventually(t, fmt.Sprintf("%s to hold a lock on %s", r.Name, table), func() bool {
		attempts++
		if err := syscall.Kill(r.PID, syscall.SIGSTOP); err != nil {
			t.Fatalf("freeze %s: %v", r.Name, err)
		}
		for {
			switch m.holds(t, r, table) {
			case "idle in transaction":
				t.Logf("%s is frozen with a lock on %s at attempt %d", r.Name, table, attempts)
				return true
			case "":
				if err := syscall.Kill(r.PID, syscall.SIGCONT); err != nil {
					t.Fatalf("wake %s: %v", r.Name, err)
				}
				return false
			}
		}
	})
}

// holds returns the state of the process's transaction that has locked rows of a table, empty if there is none. A
// statement that was sent before the stop may still be in flight: then the state is "active".
func (m *moves) holds(t *testing.T, r replica, table string) (state string) {
	t.Helper()
	err := m.conn.QueryRow(t.Context(), `
		SELECT COALESCE(min(CASE WHEN a.state = 'idle in transaction' AND a.state_change > clock_timestamp() - interval '100 milliseconds'
			THEN 'active' ELSE a.state END), '')
		FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid)
		WHERE a.application_name = $1 AND l.relation = $2::text::regclass AND l.granted AND l.mode IN ('RowShareLock', 'RowExclusiveLock')`,
		r.Name, m.prefix+table).Scan(&state)
	if err != nil {
		t.Fatalf("look at the locks of %s: %v", r.Name, err)
	}
	return state
}

// after reports whether the position has moved after the given time.
func (m *moves) after(t *testing.T, what string, then time.Time) bool {
	t.Helper()
	steps := m.of(t, what)
	return len(steps) > 0 && steps[len(steps)-1].At.After(then)
}
