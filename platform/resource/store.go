package resource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/machine"
)

// lookupChunk is the number of names that one statement looks up.
const lookupChunk = 100

// Store stores the resources of one kind. It is safe for concurrent use.
type Store[M proto.Message] struct {
	kit   *Kit
	kind  Kind[M]
	shape *shape
	verbs verbs

	machine     *machine.Machine                      // nil if the kind has no states
	transitions map[protoreflect.FullName]*transition // by the full names of requests

	blank M // never changed; new messages are created from it

	columns map[string]Column[M] // the declared columns, by name
	filters filters              // what filters and orders may name: public columns, the name and the times
	area    string               // name of the area column, or ""
	org     string               // name of the area column; "" if there is none
	settled []Column[M]
	asked   []asking[M] // the questions of the kind
	codes   []string    // of the questions, sorted

	selectRows string // "SELECT … FROM table"
	into       *database.Target
	update     string
}

// NewStore returns the store of a kind. It returns an error if the message or the table does not match the declaration.
func NewStore[M proto.Message](ctx context.Context, k *Kit, kind Kind[M]) (*Store[M], error) {
	var blank M
	blank = blank.ProtoReflect().New().Interface().(M)
	sh, err := shapeOf(blank)
	if err != nil {
		return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
	}
	if len(sh.personal) > 0 && k.vault == nil {
		return nil, fmt.Errorf("declare %s: it has personal fields, but Deps.PersonalKey is missing", kind.Table)
	}
	s := &Store[M]{kit: k, kind: kind, shape: sh, blank: blank, columns: map[string]Column[M]{}}
	s.kind.Columns = kind.placedColumns(sh)
	for _, c := range s.kind.Columns {
		if _, twice := s.columns[c.name]; twice {
			return nil, fmt.Errorf("declare %s: column %s stands twice", kind.Table, c.name)
		}
		s.columns[c.name] = c
		if c.arriving {
			if c.scope != unscoped {
				return nil, fmt.Errorf("declare %s: column %s is arriving and cannot narrow what callers see yet", kind.Table, c.name)
			}
			continue
		}
		s.settled = append(s.settled, c)
		if err := s.narrowBy(c); err != nil {
			return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
		}
	}
	for _, settle := range []func() error{s.belong, s.findStates, s.checkBindings, s.findParents, s.checkParents, s.findVerbs, s.settleQuestions, s.checkUnique, s.checkReserves} {
		if err := settle(); err != nil {
			return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
		}
	}
	check := s.prepareSQL()
	if s.filters, err = s.newFilters(); err != nil {
		return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
	}
	// A missing column must be found now and not by the first list.
	rows, err := k.DB.Reader().QueryContext(ctx, check)
	if err != nil {
		return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
	}
	if err := rows.Close(); err != nil {
		return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
	}
	if err := s.checkIndexes(ctx); err != nil {
		return nil, fmt.Errorf("declare %s: %w", kind.Table, err)
	}
	k.register(sh.typeURL, s)
	return s, nil
}

// narrowBy records a column by which the caller's rows are narrowed.
func (s *Store[M]) narrowBy(c Column[M]) error {
	to := map[scope]*string{areaScope: &s.area, organizationScope: &s.org}[c.scope]
	if to == nil {
		return nil
	}
	if *to != "" {
		return fmt.Errorf("columns %s and %s both narrow by the same", *to, c.name)
	}
	*to = c.name
	return nil
}

// prepareSQL builds the store's statements, and returns a statement that reads every column.
func (s *Store[M]) prepareSQL() (check string) {
	selected := sharedColumns()
	for _, c := range s.settled {
		selected = append(selected, c.name)
	}
	s.selectRows = "SELECT " + strings.Join(selected, ", ") + " FROM " + s.kind.Table
	columns := sharedColumns()
	set := []string{"revision = $1", "update_us = $2", "body = $3", "personal = $4", "mac = $5"}
	for i, c := range s.kind.Columns {
		columns = append(columns, c.name)
		set = append(set, c.name+" = $"+strconv.Itoa(6+i))
	}
	n := 6 + len(s.kind.Columns)
	s.update = fmt.Sprintf("UPDATE %s SET %s WHERE name = $%d AND revision = $%d",
		s.kind.Table, strings.Join(set, ", "), n, n+1)
	if s.kind.Likeness != nil {
		s.update += fmt.Sprintf(" AND likeness = $%d", n+2)
	}
	s.into = database.Into(s.kind.Table, columns...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + s.kind.Table + " LIMIT 0"
}

// Peek returns those of the names that exist, by name, without a check of the caller. It is for rules that depend on
// other resources. Its result must not be shown to the caller.
func (s *Store[M]) Peek(ctx context.Context, names ...string) (map[string]M, error) {
	found, err := s.loadMany(ctx, names)
	if err != nil {
		return nil, err
	}
	out := make(map[string]M, len(found))
	for name, v := range found {
		out[name] = v.message
	}
	return out, nil
}

// Where returns every resource whose declared column has a value, ordered by name, as q sees them, without a check of
// the caller. It is for documents that need all of a few resources. Its result must not be shown to the caller as it
// is.
func (s *Store[M]) Where(ctx context.Context, q database.Querier, column string, value any) ([]M, error) {
	if c, ok := s.columns[column]; column != "name" && (!ok || c.arriving) {
		return nil, fmt.Errorf("load %s: the kind declares no column %s", s.kind.Table, column)
	}
	rows, err := database.All[row](ctx, q, s.selectRows+" WHERE "+column+" = $1 ORDER BY name", value)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", s.kind.Table, err)
	}
	out := make([]M, len(rows))
	for i := range rows {
		v, err := s.decode(&rows[i])
		if err != nil {
			return nil, err
		}
		out[i] = v.message
	}
	return out, nil
}

func (s *Store[M]) load(ctx context.Context, name string) (version[M], error) {
	r, err := database.One[row](ctx, s.kit.DB.Reader(), s.selectRows+" WHERE name = $1", name)
	if errors.Is(err, database.ErrNotFound) {
		return version[M]{}, fault.NotFound(name)
	}
	if err != nil {
		return version[M]{}, fmt.Errorf("load %s: %w", name, err)
	}
	return s.decode(&r)
}

func (s *Store[M]) loadMany(ctx context.Context, names []string) (map[string]version[M], error) {
	out := make(map[string]version[M], len(names))
	marks := make([]string, lookupChunk)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	// The list is padded to one length, so that one statement is prepared.
	query := s.selectRows + " WHERE name IN (" + strings.Join(marks, ", ") + ")"
	for len(names) > 0 {
		n := min(lookupChunk, len(names))
		args := make([]any, lookupChunk)
		for i := range args {
			args[i] = names[min(i, n-1)]
		}
		names = names[n:]
		rows, err := database.All[row](ctx, s.kit.DB.Reader(), query, args...)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", s.kind.Table, err)
		}
		for i := range rows {
			v, err := s.decode(&rows[i])
			if err != nil {
				return nil, err
			}
			out[rows[i].Name] = v
		}
	}
	return out, nil
}

func (s *Store[M]) fresh() M { return s.blank.ProtoReflect().New().Interface().(M) }

func (s *Store[M]) none() (zero M) { return zero }

func (s *Store[M]) nameOf(m M) string { return m.ProtoReflect().Get(s.shape.name).String() }
