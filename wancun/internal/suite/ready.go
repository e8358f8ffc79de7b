package suite

import (
	"context"
	"fmt"
	"sync"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
)

// databases holds the databases and kits of the open services. It is safe for concurrent use.
type databases struct {
	mu   sync.Mutex
	open map[string]*database.DB // by the name of the service
	kits map[string]*resource.Kit
}

func (d *databases) opened(service string, k *resource.Kit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kits == nil {
		d.kits = map[string]*resource.Kit{}
	}
	d.kits[service] = k
}

// kit returns the kit of a service, nil if it is not open.
func (d *databases) kit(service string) *resource.Kit {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kits[service]
}

func (d *databases) add(service string, db *database.DB) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]*database.DB{}
	}
	d.open[service] = db
}

// of returns the database of a service.
func (d *databases) of(service string) *database.DB {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open[service]
}

// ready returns the reason why the suite cannot serve all calls: a database is damaged, writes fail, or a journal was
// truncated.
func (d *databases) ready(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, service := range services.All() {
		db, ok := d.open[service]
		if !ok {
			continue
		}
		if err := db.Ready(ctx); err != nil {
			return fmt.Errorf("database of %s: %w", service, err)
		}
		if k := d.kits[service]; k != nil {
			if err := k.Ready(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
