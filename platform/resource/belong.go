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

// Belonging says how the rows of a kind are tied to a place. The zero Belonging stands for the kind's own Area column.
type Belonging struct {
	nationwide bool
	within     bool
	parent     parent // nil where only the declaration matters and not the rows
}

// Within says that a row belongs where its parent does: to the area and the organization of the row under whose name
// its own begins. Reads, lists and writes are narrowed through the parent's row as it is at that moment, so nothing is
// copied and nothing goes stale when the parent moves. A row can only be created under a parent that exists and that
// the caller's grants cover; any other parent is NOT_FOUND.
//
// The kind's table has a column `parent TEXT NOT NULL` with the parent's name; give it an index. The store may be nil
// for [TableOf] and [Fill].
func Within[P proto.Message](store *Store[P]) Belonging {
	if store == nil {
		return Belonging{within: true}
	}
	return Belonging{within: true, parent: store}
}

// Nationwide says that the rows belong to no place: a grant for any area covers them. [NewStore] refuses such a kind if
// one of its methods lets roles of a place write without a binding in the request.
func Nationwide() Belonging { return Belonging{nationwide: true} }

// parentColumn is the column of a kind within another that holds the name of the parent's row.
const parentColumn = "parent"

// parent is what the store of a kind asks the store of the kind that it is within.
type parent interface {
	// places are those of the rows of some names that exist.
	places(ctx context.Context, names []string) (map[string]*place, error)
	// grantConditions are the conditions under which a grant covers a row; none if it covers every row.
	grantConditions(g *accessv1.Grant, all []string, args []any) ([]string, []any)
	// narrowedBy says whether rows have an area and an organization, of their own or of a row above them.
	narrowedBy() (area, organization bool)
	Parents
	tableName() string
	keptBy() *Kit
	namePattern() string
}

// place is where a row belongs: what the grants of a caller are compared with.
type place struct {
	ofArea, ofOrganization bool // the kind has such a column
	area, organization     string
	above                  *place // of the parent's row; nil if the kind is not within another
}

// unknownPlace is the place of a parent that does not exist. It is covered by grants that are not bound to anything.
var unknownPlace = &place{ofArea: true, ofOrganization: true} //nolint:gochecknoglobals // a constant

// coveredBy reports whether a grant covers a row. A grant binds only on the dimensions that it names and the kind has:
// a county's grant covers all of a kind that belongs to no place.
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

// belong settles where the rows of the store's kind belong, after its columns are known.
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

// placedColumns are the columns of a kind: those it declares and those that searches need, before them the parent's name if it
// is within another kind, and behind them those of its rules over several rows, the likeness last.
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

// Parent is the name of the resource under which a resource is named; "" for one at the top.
func Parent(name string) string {
	above, _, _ := cutName(name)
	return above
}

// cutName takes a name or a pattern apart into the parent's name, the collection and the id.
func cutName(name string) (above, collection, id string) {
	rest, id := cutLast(name)
	above, collection = cutLast(rest)
	return above, collection, id
}

func cutLast(name string) (before, last string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

// own is the place of a row as far as its own columns tell it.
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

// placesOf are the places of messages of this store, in their order. Only a kind within another asks the database.
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

// under loads the places of the parents of rows that t is about to create, so that many rows take few statements. It is
// nothing for a kind that is not within another.
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

// placeIn is the place of a row of some name that t creates, or would.
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

// admits refuses a row that is about to be created where none of the caller's grants reaches. Of a parent the answer
// does not tell whether it exists elsewhere.
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

// taken refuses a name that a stored row bears. Of a row that the caller may not read it says what it says of a place
// outside the caller's grants, and not that it exists. That something bears the name can then still be guessed from the
// refusal, which no answer hides: ids that callers choose are UUIDs, or codes of a register that everybody reads.
func (s *Store[M]) taken(t *Tx, name string, stored M) error {
	if !s.kind.OpenReads {
		if err := s.admits(t, name, stored); err != nil {
			return err
		}
	}
	return exists(name)
}

// outside refuses a place that none of the caller's grants covers.
func outside(name string) *fault.Error {
	return fault.Denied("OUTSIDE_AREA", "%s lies outside the caller's area or organization", name).With([]fault.Violation{{
		Reason: "OUTSIDE_AREA", Description: "lies outside the caller's area or organization",
	}})
}
