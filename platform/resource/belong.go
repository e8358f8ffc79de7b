package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// Belonging declares how the rows of a kind belong to a place. The zero Belonging means that the kind has an Area
// column.
type Belonging struct {
	nationwide bool
	within     bool
	parent     parent                     // nil if only the declaration is used and not the rows
	find       func(*Kit) (parent, error) // sets parent when the store is made; nil if parent is given
}

// Within declares that a row belongs to the area and the organization of its parent, the row whose name begins its own
// name. Reads, lists and writes use the current row of the parent, so that no copy becomes stale when the
// parent moves. A row can only be created under a parent that exists and that the caller's grants cover; any other
// parent is NOT_FOUND.
//
// The kind's table has a column `parent TEXT NOT NULL` with the parent's name, which should have an index. The store
// may be nil for [TableOf] and [Fill].
func Within[P proto.Message](store *Store[P]) Belonging {
	if store == nil {
		return Belonging{within: true}
	}
	return Belonging{within: true, parent: store}
}

// WithinOf is [Within] the store of another room of the service. That room must be opened before.
func WithinOf[P proto.Message]() Belonging {
	return Belonging{within: true, find: func(k *Kit) (parent, error) { return Opened[P](k) }}
}

// Nationwide declares that the rows belong to no place: a grant for any area covers them. [NewStore] refuses such a
// kind if one of its methods lets roles of a place write without a binding in the request.
func Nationwide() Belonging { return Belonging{nationwide: true} }

// parentColumn is the column with the name of the parent's row, for kinds within another.
const parentColumn = "parent"

// parent is the part of the parents' store that a kind within it uses.
type parent interface {
	// places returns the places of those rows that exist, by name.
	places(ctx context.Context, names []string) (map[string]*place, error)
	// grantConditions appends the conditions under which a grant covers a row; none if it covers every row.
	grantConditions(g *accessv1.Grant, all []string, args []any) ([]string, []any)
	// narrowedBy reports whether rows have an area and an organization, of their own or of a row above them.
	narrowedBy() (area, organization bool)
	Parents
	tableName() string
	keptBy() *Kit
	namePattern() string
}

// place is where a row belongs. The grants of a caller are compared with it.
type place struct {
	ofArea, ofOrganization bool // whether the kind has such a column
	area, organization     string
	above                  *place // place of the parent's row; nil if the kind is not within another
}

// unknownPlace is the place of a parent that does not exist. Only grants without an area and an organization cover it.
var unknownPlace = &place{ofArea: true, ofOrganization: true} //nolint:gochecknoglobals // a constant

// coveredBy reports whether a grant covers a row. The area and the organization of a grant restrict it only for kinds
// that have them: a county's grant covers all rows of a kind that belongs to no place.
func (p *place) coveredBy(g *accessv1.Grant) bool {
	for ; p != nil; p = p.above {
		if p.ofArea && !access.CoversArea(g, p.area) ||
			p.ofOrganization && g.GetOrganization() != "" && p.organization != g.GetOrganization() {
			return false
		}
	}
	return true
}

// seenBy reports whether one of the caller's admitted grants covers a row.
func (p *place) seenBy(by access.Principal) bool {
	for _, g := range by.Grants {
		if p.coveredBy(g) {
			return true
		}
	}
	return false
}

// belong checks the declaration of where the rows belong. The columns must be known.
func (s *Store[M]) belong() error {
	b := s.kind.Belongs
	said := 0
	for _, one := range []bool{s.area != "", b.within, b.nationwide} {
		if one {
			said++
		}
	}
	if said != 1 {
		return errors.New("a kind belongs where an Area column says, Within another kind or Nationwide: want one of the three")
	}
	if !b.within {
		return nil
	}
	if b.find != nil {
		var err error
		if b.parent, err = b.find(s.kit); err != nil {
			return err
		}
		s.kind.Belongs.parent = b.parent
	}
	if b.parent == nil {
		return errors.New("it is within a kind whose store is missing")
	}
	if b.parent.keptBy() != s.kit {
		return fmt.Errorf("it is within %s, which another kit keeps", b.parent.tableName())
	}
	above, _, _ := cutName(s.shape.pattern)
	if above != b.parent.namePattern() {
		return fmt.Errorf("its names are %q, which are not those of children of %q", s.shape.pattern, b.parent.namePattern())
	}
	return nil
}

// placedColumns returns all columns of a kind: first the parent's name if it is within another kind, then the declared
// columns and those for searches, then the columns of its rules over several rows, the likeness last.
func (k Kind[M]) placedColumns(sh *shape) []Column[M] {
	columns := withGrams(k.Columns)
	if k.Belongs.within {
		parent := Text(parentColumn, func(m M) string {
			above, _, _ := cutName(m.ProtoReflect().Get(sh.name).String())
			return above
		})
		columns = append([]Column[M]{parent}, columns...)
	}
	columns = slices.Clip(columns)
	for _, u := range k.Unique {
		unique := Text(u.Column, u.key().value)
		unique.internal = true
		columns = append(columns, unique)
	}
	for _, r := range k.Reserves {
		columns = append(columns, r.columns()...)
	}
	if k.Likeness != nil {
		likeness := Text(likenessColumn, k.likenessOf)
		likeness.internal, likeness.likeness = true, true
		columns = append(columns, likeness)
	}
	return columns
}

// Parent returns the name of a resource's parent, "" for a resource without a parent.
func Parent(name string) string {
	above, _, _ := cutName(name)
	return above
}

// cutName splits a name or a pattern into the parent's name, the collection and the id.
func cutName(name string) (above, collection, id string) {
	rest, id := cutLast(name)
	above, collection = cutLast(rest)
	return above, collection, id
}

func cutLast(name string) (before, last string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

// own returns the place of a row according to its own columns.
func (s *Store[M]) own(m M) *place {
	p := &place{ofArea: s.area != "", ofOrganization: s.org != ""}
	if p.ofArea {
		p.area, _ = s.columns[s.area].value(m).(string)
	}
	if p.ofOrganization {
		p.organization, _ = s.columns[s.org].value(m).(string)
	}
	return p
}

// placesOf returns the places of messages of this store, in their order. It reads the database only for a kind within
// another.
func (s *Store[M]) placesOf(ctx context.Context, messages ...M) ([]*place, error) {
	out := make([]*place, len(messages))
	for i, m := range messages {
		out[i] = s.own(m)
	}
	if s.kind.Belongs.parent == nil {
		return out, nil
	}
	parents := make([]string, len(messages))
	for i, m := range messages {
		parents[i], _, _ = cutName(s.nameOf(m))
	}
	above, err := s.kind.Belongs.parent.places(ctx, parents)
	if err != nil {
		return nil, err
	}
	for i, name := range parents {
		if out[i].above = above[name]; out[i].above == nil {
			out[i].above = unknownPlace
		}
	}
	return out, nil
}

func (s *Store[M]) placeOf(ctx context.Context, m M) (*place, error) {
	all, err := s.placesOf(ctx, m)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// places implements [parent].
func (s *Store[M]) places(ctx context.Context, names []string) (map[string]*place, error) {
	found, err := s.Peek(ctx, names...)
	if err != nil {
		return nil, err
	}
	messages := make([]M, 0, len(found))
	for _, m := range found {
		messages = append(messages, m)
	}
	all, err := s.placesOf(ctx, messages...)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*place, len(found))
	for i, m := range messages {
		out[s.nameOf(m)] = all[i]
	}
	return out, nil
}

// narrowedBy implements [parent].
func (s *Store[M]) narrowedBy() (area, organization bool) {
	area, organization = s.area != "", s.org != ""
	if p := s.kind.Belongs.parent; p != nil {
		a, o := p.narrowedBy()
		area, organization = area || a, organization || o
	}
	return area, organization
}

func (s *Store[M]) keptBy() *Kit { return s.kit }

func (s *Store[M]) namePattern() string { return s.shape.pattern }

// under loads the places of the parents of rows that t is about to create, so that many rows need few statements. It
// does nothing for a kind that is not within another.
func (s *Store[M]) under(t *Tx, names ...string) error {
	p := s.kind.Belongs.parent
	if p == nil {
		return nil
	}
	if t.parents == nil {
		t.parents = map[string]*place{}
	}
	var unknown []string
	for _, name := range names {
		above, _, _ := cutName(name)
		if _, known := t.parents[above]; !known {
			t.parents[above] = nil
			unknown = append(unknown, above)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	found, err := p.places(t.ctx, unknown)
	if err != nil {
		return err
	}
	for name, place := range found {
		t.parents[name] = place
	}
	return nil
}

// placeIn returns the place of a row with a name that t creates, or would create.
func (s *Store[M]) placeIn(t *Tx, name string, m M) (*place, error) {
	p := s.own(m)
	if s.kind.Belongs.parent == nil {
		return p, nil
	}
	if err := s.under(t, name); err != nil {
		return nil, err
	}
	above, _, _ := cutName(name)
	if p.above = t.parents[above]; p.above == nil {
		p.above = unknownPlace
	}
	return p, nil
}

// admits refuses a new row that none of the caller's grants covers. The error does not reveal whether the parent exists
// elsewhere.
func (s *Store[M]) admits(t *Tx, name string, m M) error {
	p, err := s.placeIn(t, name, m)
	if err != nil {
		return err
	}
	if s.kind.Belongs.parent != nil && (p.above == unknownPlace || !p.above.seenBy(t.by)) {
		above, _, _ := cutName(name)
		return fault.NotFound(above)
	}
	if !p.seenBy(t.by) {
		return outside(name)
	}
	return nil
}

// taken returns the error for a name that a stored row has. If the caller may not read that row, the error is that of a
// place outside the caller's grants. The caller can still guess from the error that the name is taken, which no answer
// could hide. Ids that callers choose are UUIDs, or codes of a public register.
func (s *Store[M]) taken(t *Tx, name string, stored M) error {
	if !s.kind.OpenReads {
		if err := s.admits(t, name, stored); err != nil {
			return err
		}
	}
	return exists(name)
}

// outside returns the error for a place that none of the caller's grants covers.
func outside(name string) *fault.Error {
	return fault.Denied("OUTSIDE_AREA", "%s lies outside the caller's area or organization", name).With([]fault.Violation{{
		Reason: "OUTSIDE_AREA", Description: "lies outside the caller's area or organization",
	}})
}
