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
	// also are the services that have more to say.
	also map[string]func(context.Context) error
}

// hear asks a service as well, if it has something to say of its own.
func (d *databases) hear(name string, s service) {
	r, ok := s.(interface {
		Ready(ctx context.Context) error
	})
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.also == nil {
		d.also = map[string]func(context.Context) error{}
	}
	d.also[name] = r.Ready
}

func (d *databases) add(service string, db *database.DB) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]*database.DB{}
	}
	d.open[service] = db
}

// of is the database of a service.
func (d *databases) of(service string) *database.DB {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open[service]
}

// ready says why the suite cannot answer all calls as it should: damage was found in a database, nothing can be written, or
// a journal was cut.
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
		if ready, ok := d.also[service]; ok {
			if err := ready(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
