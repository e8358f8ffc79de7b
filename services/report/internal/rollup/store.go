package rollup

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// The logs that report follows.
const (
	Org     = "org"
	Village = "village"
	Action  = "action"
)

// Store applies journals to the database and notifies waiting readers. It is safe for concurrent use, and several
// replicas may share one database.
type Store struct {
	db       *database.DB
	now      func() time.Time
	kinds    kinds
	listed   bool // facts may have members in dimensions without a column
	registry *registry
	homes    homesCache
	past     *limits.Shares // of calls that read an earlier moment

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with every applied batch
	asked   chan struct{} // closed and replaced when this process requests a build
	newest  int64         // the highest generation seen
}

// New returns a store on a migrated database, for the facts of some sources. Open must be called first.
func New(db *database.DB, now func() time.Time, sources []facts.Source) *Store {
	s := &Store{db: db, now: now, kinds: kindsOf(sources), registry: newRegistry(), past: limits.NewShares(maxPast), changed: make(chan struct{}), asked: make(chan struct{})}
	for _, source := range sources {
		for _, d := range source.Dimensions {
			s.listed = s.listed || d != facts.Organization && d != facts.Village
		}
	}
	return s
}

// Open checks that this code may take over the rollups. If their shape is newer, it fails without changing them, since
// newer replicas use them. Rollups of an older shape are replaced by Position, behind the calls; only those without any
// entry are replaced here, which takes no time.
func (s *Store) Open(ctx context.Context) error {
	stored, err := storedShape(ctx, s.db.Reader())
	if err == nil && stored > shape() {
		err = errNewerShape
	}
	if err == nil {
		var generation int64
		if generation, err = storedGeneration(ctx, s.db.Reader()); err == nil && generation == 0 {
			err = s.reshape(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("open rollups: %w", err)
	}
	return nil
}

// Position returns the last applied position of a log, 0 if there is none. A reader calls it before it continues, so it
// first brings the rollups to the shape of this code and returns when they have it. It fails if the rollups are of a
// newer version, so that the reader does not read entries that it cannot apply.
func (s *Store) Position(ctx context.Context, log string) (int64, error) {
	if err := s.reshape(ctx); err != nil {
		return 0, err
	}
	p, err := database.One[int64](ctx, s.db.Reader(), "SELECT position FROM cursors WHERE log = $1", log)
	if err != nil {
		return 0, fmt.Errorf("read cursor of %s: %w", log, err)
	}
	return p, nil
}

// Checkpoint returns the signed checkpoint that covers the last applied entry of a log, or "" if there is none.
func (s *Store) Checkpoint(ctx context.Context, log string) (string, error) {
	applied, err := Applied(ctx, s.db.Reader())
	return applied[log], err
}

// Changed returns a channel that is closed when this process applies the next batch. Call it before reading, so that no
// batch is missed.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Generation returns the highest generation that this process knows. It does not query the database: a process learns
// about the generations of other replicas when it reaches the same entries.
func (s *Store) Generation() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

// builds returns a channel that is closed when this process requests a build.
func (s *Store) builds() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *Store) wake(generation int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newest = max(s.newest, generation)
	close(s.changed)
	s.changed = make(chan struct{})
}
