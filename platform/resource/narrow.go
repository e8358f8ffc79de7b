package resource

import (
	"context"
	"slices"
	"strconv"
	"strings"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
)

// covers reports whether one of the caller's admitted grants covers a row.
func (s *Store[M]) covers(ctx context.Context, by access.Principal, m M) (bool, error) {
	p, err := s.placeOf(ctx, m)
	if err != nil {
		return false, err
	}
	return p.seenBy(by), nil
}

// coversAll implements [coverer].
func (s *Store[M]) coversAll(ctx context.Context, by access.Principal, names []string) (bool, error) {
	found, err := s.places(ctx, names)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if at := found[name]; at == nil || !at.seenBy(by) {
			return false, nil
		}
	}
	return true, nil
}

// visible reports whether the caller may read a row.
func (s *Store[M]) visible(ctx context.Context, by access.Principal, m M) (bool, error) {
	if s.kind.OpenReads {
		return true, nil
	}
	return s.covers(ctx, by, m)
}

// show clears the fields that the caller may not read, in place.
func (s *Store[M]) show(ctx context.Context, by access.Principal, messages ...M) error {
	if len(s.shape.personal) == 0 {
		return nil
	}
	places, err := s.placesOf(ctx, messages...)
	if err != nil {
		return err
	}
	for i, m := range messages {
		s.showAt(places[i], by, m)
	}
	return nil
}

// showAt is show for one message, whose row belongs to a place.
func (s *Store[M]) showAt(at *place, by access.Principal, m M) {
	for _, p := range s.shape.personal {
		if m.ProtoReflect().Has(p.field) && !entitled(by, p, at) {
			m.ProtoReflect().Clear(p.field)
		}
	}
}

// entitled reports whether the caller may read and change a personal field of a row. A single grant must have a role
// for the field and cover the row, even if every caller may read the other fields. A role for another place does not
// count.
func entitled(by access.Principal, p personalField, at *place) bool {
	return slices.ContainsFunc(by.Grants, func(g *accessv1.Grant) bool {
		return slices.Contains(p.roles, g.GetRole()) && at.coveredBy(g)
	})
}

// narrow returns the condition of visible in SQL, and its arguments after args.
func (s *Store[M]) narrow(by access.Principal, args []any) (string, []any) {
	if s.kind.OpenReads {
		return "", args
	}
	if len(by.Grants) == 0 {
		return "1 = 0", args
	}
	given := args
	var alternatives []string
	for _, g := range by.Grants {
		var all []string
		all, args = s.grantConditions(g, all, args)
		if len(all) == 0 {
			return "", given // this grant covers everything
		}
		alternatives = append(alternatives, "("+strings.Join(all, " AND ")+")")
	}
	return "(" + strings.Join(alternatives, " OR ") + ")", args
}

// grantConditions implements [parent]. The columns in a parent's condition belong to the innermost table.
func (s *Store[M]) grantConditions(g *accessv1.Grant, all []string, args []any) ([]string, []any) {
	if s.area != "" && g.GetArea() != "" {
		var within string
		within, args = inTerritory(s.area, access.Parts(g), args)
		all = append(all, within)
	}
	if s.org != "" && g.GetOrganization() != "" {
		all = append(all, s.org+" = "+mark(&args, g.GetOrganization()))
	}
	if p := s.kind.Belongs.parent; p != nil {
		var above []string
		if above, args = p.grantConditions(g, nil, args); len(above) > 0 {
			all = append(all, parentColumn+" IN (SELECT name FROM "+p.tableName()+" WHERE "+strings.Join(above, " AND ")+")")
		}
	}
	return all, args
}

// inTerritory returns the condition that a column holds a code in one of the parts.
func inTerritory(column string, parts []*accessv1.Grant_Part, args []any) (string, []any) {
	// The codes that begin with a prefix, as a range for an index: ':' follows '9'.
	begins := func(prefix string) string {
		return column + " >= " + mark(&args, prefix) + " AND " + column + " < " + mark(&args, prefix+":")
	}
	alternatives := make([]string, len(parts))
	for i, p := range parts {
		alternatives[i] = begins(p.GetPrefix())
		for _, hole := range p.GetExcept() {
			alternatives[i] += " AND NOT (" + begins(hole) + ")"
		}
	}
	if len(alternatives) == 1 {
		return alternatives[0], args
	}
	return "(" + strings.Join(alternatives, " OR ") + ")", args
}

// mark appends an argument and returns its placeholder.
func mark(args *[]any, v any) string {
	*args = append(*args, v)
	return "$" + strconv.Itoa(len(*args))
}
