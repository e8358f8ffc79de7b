package rollup

import (
	"context"
	"time"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// catchUpLimit bounds CatchUp; a follower that is further behind has a backlog that a caller should not wait for.
const catchUpLimit = 3 * time.Second

// Catalogue is the campaigns as far as report has followed the journal of action.
type Catalogue struct {
	Store  *Store
	Waiter *Waiter
}

// Campaign is a campaign, or NOT_FOUND.
func (c Catalogue) Campaign(ctx context.Context, name string) (*actionv1.Campaign, error) {
	return Campaign(ctx, c.Store.db.Reader(), name)
}

// CatchUp returns when everything is applied that action acknowledged before the call.
func (c Catalogue) CatchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, catchUpLimit)
	defer cancel()
	end, err := c.Waiter.ask(ctx, Action)
	if err != nil {
		return err
	}
	return c.Waiter.Await(ctx, []*reportv1.LogPosition{{Log: "logs/" + Action, Position: end}})
}
