package resource

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
)

// created is resources that one request creates in a store, one after the other. Their rows are made when they are written.
type created[M proto.Message] struct {
	store *Store[M]
	at    time.Time
	made  []creation[M]
}

type creation[M proto.Message] struct {
	name    string
	message M
	encoded encoded
}

// create adds a new row to what t writes. The message must not change until t is applied.
func (s *Store[M]) create(t *Tx, name string, m M, e encoded) {
	var run *created[M]
	if n := len(t.inserts); n > 0 {
		run, _ = t.inserts[n-1].(*created[M])
	}
	if run == nil || run.store != s {
		run = &created[M]{store: s, at: t.at}
		t.inserts = append(t.inserts, run)
	}
	run.made = append(run.made, creation[M]{name, m, e})
}

func (r *created[M]) statements() ([]database.Statement, error) {
	return r.store.keeper.db.Load(r.store.kind.Table, r.store.inserted, len(r.made), r.rows)
}

func (r *created[M]) rows(yield func([]any, error) bool) {
	for _, c := range r.made {
		if !yield(r.store.values(c.name, 1, r.at, r.at, c.message, c.encoded), nil) {
			return
		}
	}
}

func (r *created[M]) taken(ctx context.Context) string {
	for _, c := range r.made {
		found, err := database.All[string](ctx, r.store.keeper.db.Reader(), "SELECT name FROM "+r.store.kind.Table+" WHERE name = $1", c.name)
		if err == nil && len(found) > 0 {
			return c.name
		}
	}
	return ""
}
