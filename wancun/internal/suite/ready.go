package suite

import (
	"context"
	"fmt"
	"sync"

	"github.com/wancun/wancun/platform/database"
)

// databases are those of the services that are open. They are safe for concurrent use.
type databases struct {
	mu   sync.Mutex
	open map[string]*database.DB // by the service's name
}

func (d *databases) add(service string, db *database.DB) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]*database.DB{}
	}
	d.open[service] = db
}

// ready says why the suite cannot answer all calls as it should: damage was found in a database, or nothing can be written.
func (d *databases) ready(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, service := range Logs {
		db, ok := d.open[service]
		if !ok {
			continue
		}
		if err := db.Ready(ctx); err != nil {
			return fmt.Errorf("database of %s: %w", service, err)
		}
	}
	return nil
}
