package database

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newGroupConn returns a write connection without the writer's goroutine, over a table of names.
func newGroupConn(t *testing.T) (*writeConn, *sql.DB) {
	t.Helper()
	pool, err := sqlitePool(filepath.Join(t.TempDir(), "group.db"), url.Values{}, 2, &storage{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := newWriteConn(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(conn.close(), pool.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if _, err := conn.conn.ExecContext(t.Context(), "CREATE TABLE t (name TEXT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	return conn, pool
}

// writes returns a member that inserts names and then returns err.
func writes(ctx context.Context, err error, names ...string) *member {
	return &member{ctx: ctx, work: func(tx Tx) error {
		for _, name := range names {
			if _, err := tx.ExecContext(ctx, "INSERT INTO t (name) VALUES ($1)", name); err != nil {
				return err
			}
		}
		return err
	}}
}

func stored(t *testing.T, pool *sql.DB) []string {
	t.Helper()
	names, err := All[string](t.Context(), pool, "SELECT name FROM t ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAGroupCommitsEveryMemberButTheFailing(t *testing.T) {
	conn, pool := newGroupConn(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	errRefused := errors.New("refused")
	group := []*member{
		writes(t.Context(), nil, "a"),
		writes(t.Context(), errRefused, "b1", "b2"),
		writes(t.Context(), nil, "c1", "a"),
		writes(cancelled, nil, "d"),
		writes(t.Context(), nil, "e"),
	}
	if err := conn.commit(group, &layouts{}); err != nil {
		t.Fatalf("commit = %v, want the group to succeed", err)
	}
	var taken *UniqueError
	for i, as := range []func(error) bool{
		func(err error) bool { return err == nil },
		func(err error) bool { return errors.Is(err, errRefused) },
		func(err error) bool { return errors.As(err, &taken) },
		func(err error) bool { return errors.Is(err, context.Canceled) },
		func(err error) bool { return err == nil },
	} {
		if !as(group[i].err) {
			t.Errorf("member %d was answered %v", i, group[i].err)
		}
	}
	if diff := cmp.Diff([]string{"a", "e"}, stored(t, pool)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestAGroupWhoseTransactionIsLostAcknowledgesNobody(t *testing.T) {
	conn, pool := newGroupConn(t)
	losing := func(text string, err error) *member {
		return &member{ctx: t.Context(), work: func(tx Tx) error {
			_, lost := tx.ExecContext(t.Context(), text) // as SQLite does by itself when the disk fails
			return errors.Join(lost, err)
		}}
	}
	for name, loser := range map[string]*member{
		"by a member that fails":    losing("ROLLBACK", errors.New("disk")),
		"by a member that succeeds": losing("ROLLBACK", nil),
	} {
		t.Run(name, func(t *testing.T) {
			group := []*member{writes(t.Context(), nil, "a"), loser, writes(t.Context(), nil, "b")}
			if err := conn.commit(group, &layouts{}); err == nil {
				t.Error("commit succeeded, want an error for the whole group")
			}
			if got := stored(t, pool); len(got) != 0 {
				t.Errorf("stored %v, want nothing", got)
			}
		})
	}
	t.Run("and the next group is written", func(t *testing.T) {
		if err := conn.commit([]*member{writes(t.Context(), nil, "c")}, &layouts{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"c"}, stored(t, pool)); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	})
}
