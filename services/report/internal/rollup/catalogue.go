package rollup

import (
	"context"
	"time"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// catchUpLimit is the timeout of CatchUp. If a follower is further behind, callers should not wait for it.
const catchUpLimit = 3 * time.Second

// Catalogue provides the campaigns as of the applied entries of action's journal.
type Catalogue struct {
	Store  *Store
	Waiter *Waiter
}

// Campaign returns a campaign, or NOT_FOUND.
func (c Catalogue) Campaign(ctx context.Context, name string) (*actionv1.Campaign, error) {
	return Campaign(ctx, c.Store.db.Reader(), name, nil)
}

// CatchUp waits until everything is applied that action acknowledged before the call.
func (c Catalogue) CatchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, catchUpLimit)
	defer cancel()
	end, err := c.Waiter.ask(ctx, Action)
	if err != nil {
		return err
	}
	return c.Waiter.Await(ctx, []*reportv1.LogPosition{{Log: "logs/" + Action, Position: end}})
}
