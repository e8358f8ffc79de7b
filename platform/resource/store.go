package resource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wancun/wancun/platform/access"
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

// sharedColumns returns the columns that every kind's table has, in the order of [row.Targets]. The declared columns
// follow them.
func sharedColumns() []string {
	return []string{"name", "revision", "create_us", "update_us", "body", "personal", "mac"}
}

// row is a stored resource.
type row struct {
	Name     string
	Revision int64
	CreateUs int64
	UpdateUs int64
	Body     []byte
	Personal []byte
	MAC      []byte
	Columns  []any // values as the driver returns them
}

// Targets implements [database.Scanned].
func (r *row) Targets(columns []string) []any {
	targets := append(make([]any, 0, len(columns)),
		&r.Name, &r.Revision, &r.CreateUs, &r.UpdateUs, &r.Body, &r.Personal, &r.MAC)
	r.Columns = make([]any, len(columns)-len(targets))
	for i := range r.Columns {
		targets = append(targets, &r.Columns[i])
	}
	return targets
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

// GetRequest requests one resource.
type GetRequest interface{ GetName() string }

// Get returns a resource. It returns NOT_FOUND if the resource does not exist or the caller may not see it.
func (s *Store[M]) Get(ctx context.Context, r GetRequest) (M, error) {
	current, err := s.load(ctx, r.GetName())
	if err != nil {
		return s.none(), err
	}
	by := access.From(ctx)
	visible, err := s.visible(ctx, by, current.message)
	if err != nil {
		return s.none(), err
	}
	if !visible {
		return s.none(), fault.NotFound(r.GetName())
	}
	return current.message, s.show(ctx, by, current.message)
}

// BatchGetRequest requests several resources.
type BatchGetRequest interface{ GetNames() []string }

// BatchGet returns resources in the order of the request, or NOT_FOUND for the first that does not exist or that the
// caller may not see.
func (s *Store[M]) BatchGet(ctx context.Context, r BatchGetRequest) ([]M, error) {
	found, err := s.Peek(ctx, r.GetNames()...)
	if err != nil {
		return nil, err
	}
	out := make([]M, len(r.GetNames()))
	for i, name := range r.GetNames() {
		m, ok := found[name]
		if !ok {
			return nil, fault.NotFound(name)
		}
		out[i] = proto.CloneOf(m)
	}
	places, err := s.placesOf(ctx, out...)
	if err != nil {
		return nil, err
	}
	by := access.From(ctx)
	for i, m := range out {
		if !s.kind.OpenReads && !places[i].seenBy(by) {
			return nil, fault.NotFound(r.GetNames()[i])
		}
		s.showAt(places[i], by, m)
	}
	return out, nil
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

// version is a stored resource as loaded: the message with its personal fields, and what a write needs of the row.
type version[M proto.Message] struct {
	message  M
	revision int64
	created  time.Time
	sealed   []byte // the personal part as stored; nil if there is none
	likeness string // as stored; "" if the kind has none
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

// decode returns the message of a row with personal fields, times and etag. It returns DATA_LOSS for a row that the
// suite did not write like this.
func (s *Store[M]) decode(r *row) (version[M], error) {
	if !s.kit.rows.fits(s.kind.Table, r) {
		return version[M]{}, s.kit.altered(s.kind.Table, r.Name, "its MAC is not that of its content")
	}
	m, err := s.bodyOf(r)
	if err != nil {
		return version[M]{}, err
	}
	if r.Personal != nil {
		fields, _, err := s.kit.vault.open(r.Name, r.Personal)
		if err != nil {
			return version[M]{}, err
		}
		if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(fields, m); err != nil {
			return version[M]{}, fmt.Errorf("decode personal part of %s: %w", r.Name, err)
		}
	}
	created := s.stampRow(m, r)
	if c := s.departed(r, m); c != "" {
		return version[M]{}, s.kit.altered(s.kind.Table, r.Name, "column "+c+" does not follow from its body")
	}
	v := version[M]{message: m, revision: r.Revision, created: created, sealed: r.Personal}
	if s.kind.Likeness != nil {
		v.likeness, _ = r.Columns[len(r.Columns)-1].(string)
	}
	return v, nil
}

// bodyOf returns the message in a row's body, without personal fields, times and etag.
func (s *Store[M]) bodyOf(r *row) (M, error) {
	m := s.fresh()
	if err := proto.Unmarshal(r.Body, m); err != nil {
		return s.none(), fmt.Errorf("decode %s: %w", r.Name, err)
	}
	return m, nil
}

// departed returns the first column of a row that does not have the value that the kind derives from the message, "" if
// there is none.
func (s *Store[M]) departed(r *row, m M) string {
	for i, c := range s.settled {
		written := c.value(m)
		if l, ok := written.(string); ok && c.likeness && l != "" && sameColumn(r.Columns[i], beside(l, r.Name)) {
			continue
		}
		if !sameColumn(r.Columns[i], written) {
			return c.name
		}
	}
	return ""
}

// sameColumn compares a column as the driver returned it with the value that was written.
func sameColumn(stored, written any) bool {
	switch v := stored.(type) {
	case string:
		return written == any(v)
	case int64:
		if b, ok := written.(bool); ok { // an engine without booleans
			return v == 0 && !b || v == 1 && b
		}
		return written == any(v)
	case bool:
		return written == any(v)
	default:
		return false // columns have no other types
	}
}

// stamp sets the fields that are stored in the row and not in the body.
func (s *Store[M]) stamp(m M, name string, revision int64, created, updated time.Time) {
	p := m.ProtoReflect()
	p.Set(s.shape.name, protoreflect.ValueOfString(name))
	p.Set(s.shape.etag, protoreflect.ValueOfString(etagOf(revision)))
	p.Set(s.shape.createTime, protoreflect.ValueOfMessage(timestamppb.New(created).ProtoReflect()))
	p.Set(s.shape.updateTime, protoreflect.ValueOfMessage(timestamppb.New(updated).ProtoReflect()))
}

// stampRow is stamp for a stored row. It returns the creation time.
func (s *Store[M]) stampRow(m M, r *row) time.Time {
	created := time.UnixMicro(r.CreateUs).UTC()
	s.stamp(m, r.Name, r.Revision, created, time.UnixMicro(r.UpdateUs).UTC())
	return created
}

func (s *Store[M]) fresh() M { return s.blank.ProtoReflect().New().Interface().(M) }

func (s *Store[M]) none() (zero M) { return zero }

func (s *Store[M]) nameOf(m M) string { return m.ProtoReflect().Get(s.shape.name).String() }

// etagOf returns the etag of a revision. It is opaque to callers and changes with every revision.
func etagOf(revision int64) string { return "r" + strconv.FormatInt(revision, 10) }

// revisionOf returns the revision of an etag of this store.
func revisionOf(etag string) (int64, bool) {
	digits, ok := strings.CutPrefix(etag, "r")
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil
}
