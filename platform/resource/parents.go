package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// Parents looks up the resources that are the parents of a kind's rows, in this service or in another.
type Parents interface {
	// Known returns which of the names exist and may be read by the caller.
	Known(ctx context.Context, names []string) (map[string]bool, error)
}

// ParentsOf returns the parents that another room of the service stores. That room must be opened before.
func ParentsOf[P proto.Message]() Parents { return roomParents[P]{} }

// roomParents is a placeholder for a store until its room is opened.
type roomParents[P proto.Message] struct{}

// Known implements [Parents]. It returns an error, because NewStore replaces the placeholder by the store.
func (roomParents[P]) Known(context.Context, []string) (map[string]bool, error) {
	return nil, errors.New("the room of the parents is not opened")
}

func (roomParents[P]) opened(k *Kit) (Parents, error) { return Opened[P](k) }

// findParents replaces the placeholder of ParentsOf by the store of the parents.
func (s *Store[M]) findParents() (err error) {
	if declared, ok := s.kind.Parents.(interface{ opened(k *Kit) (Parents, error) }); ok {
		s.kind.Parents, err = declared.opened(s.kit)
	}
	return err
}

// Known implements [Parents] for kinds whose parents this store stores.
func (s *Store[M]) Known(ctx context.Context, names []string) (map[string]bool, error) {
	known := make(map[string]bool, len(names))
	for chunk := range slices.Chunk(names, lookupChunk) {
		var args []any
		marks := make([]string, min(len(chunk)-1, 1)*(lookupChunk-1)+1) // one or the maximum, so that only two statements are prepared
		for i := range marks {
			marks[i] = mark(&args, chunk[min(i, len(chunk)-1)])
		}
		query := "SELECT name FROM " + s.kind.Table + " WHERE name IN (" + strings.Join(marks, ", ") + ")"
		narrowed, args := s.narrow(access.From(ctx), args)
		if narrowed != "" {
			query += " AND " + narrowed
		}
		found, err := database.All[string](ctx, s.kit.DB.Reader(), query, args...)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", s.kind.Table, err)
		}
		for _, name := range found {
			known[name] = true
		}
	}
	return known, nil
}

// parents returns the Parents of the kind, nil if its names have no parent.
func (s *Store[M]) parents() Parents {
	if s.kind.Belongs.parent != nil {
		return s.kind.Belongs.parent
	}
	return s.kind.Parents
}

// checkParents refuses a kind whose names have a parent, but no Parents to look it up.
func (s *Store[M]) checkParents() error {
	above, _, _ := cutName(s.shape.pattern)
	switch {
	case above != "" && s.parents() == nil:
		return fmt.Errorf("its names begin with those of %s: want the Parents that know them, or Within", above)
	case above == "" && s.kind.Parents != nil, s.kind.Belongs.parent != nil && s.kind.Parents != nil:
		return errors.New("it has Parents, but its names have no parent, or it is Within that")
	}
	return nil
}

// listed refuses to list the children of a parent that does not exist or that the caller may not read, as a Get of the
// parent would.
func (s *Store[M]) listed(ctx context.Context, parent string) error {
	if s.shape.underParent(parent) == "" || s.parents() == nil {
		return nil
	}
	known, err := s.parents().Known(ctx, []string{parent})
	if err == nil && !known[parent] {
		return fault.NotFound(parent)
	}
	return err
}

// unknownParents returns the parents of rows that t is about to create that do not exist or that the caller may not
// read. It looks up each parent once, and the parents of many rows with few calls.
func (s *Store[M]) unknownParents(t *Tx, names ...string) (map[string]bool, error) {
	if s.parents() == nil {
		return nil, nil //nolint:nilnil // none are unknown
	}
	if t.unknown == nil {
		t.unknown = map[string]bool{}
	}
	var ask []string
	for _, name := range names {
		above, _, _ := cutName(name)
		if _, asked := t.unknown[above]; !asked && !t.creating[above] {
			t.unknown[above] = true
			ask = append(ask, above)
		}
	}
	if len(ask) == 0 {
		return t.unknown, nil
	}
	known, err := s.parents().Known(t.ctx, ask)
	if err != nil {
		return nil, err
	}
	for _, name := range ask {
		t.unknown[name] = !known[name]
	}
	return t.unknown, nil
}

// parented refuses a row under a parent that does not exist or that the caller may not read.
func (s *Store[M]) parented(t *Tx, name string) error {
	unknown, err := s.unknownParents(t, name)
	if above, _, _ := cutName(name); err == nil && unknown[above] {
		return fault.NotFound(above)
	}
	return err
}
