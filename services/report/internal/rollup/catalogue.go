package rollup

import (
	"context"
	"fmt"
	"time"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// catchUpLimit bounds CatchUp; a follower that is further behind has a backlog that a caller should not wait for.
const catchUpLimit = 3 * time.Second

// Catalogue is the campaigns as far as report has followed the journal of action.
type Catalogue struct {
	Store *Store
	// Journal is that of action.
	Journal journalv1.JournalServiceClient
}

// Campaign is a campaign, or NOT_FOUND.
func (c Catalogue) Campaign(ctx context.Context, name string) (*actionv1.Campaign, error) {
	return Campaign(ctx, c.Store.db.Reader(), name)
}

// CatchUp returns when everything is applied that action acknowledged before the call.
func (c Catalogue) CatchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, catchUpLimit)
	defer cancel()
	head, err := c.Journal.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/" + Action})
	if err != nil {
		return fmt.Errorf("ask for the head of action: %w", err)
	}
	return c.Store.Await(ctx, []*reportv1.LogPosition{{Log: "logs/" + Action, Position: head.GetSize()}})
}
