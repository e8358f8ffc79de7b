package resource

import (
	"slices"
	"strconv"
	"strings"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
)

// covers reports whether one of the caller's admitted grants covers a row. A grant binds only on the dimensions that it
// names and the kind has: a county's grant sees all of a kind that belongs to no place.
func (s *Store[M]) covers(by access.Principal, m M) bool {
	var area, org string
	if s.area != "" {
		area, _ = s.columns[s.area].value(m).(string)
	}
	if s.org != "" {
		org, _ = s.columns[s.org].value(m).(string)
	}
	return slices.ContainsFunc(by.Grants, func(g *accessv1.Grant) bool {
		inArea := s.area == "" || strings.HasPrefix(area, g.GetArea())
		inOrg := s.org == "" || g.GetOrganization() == "" || org == g.GetOrganization()
		return inArea && inOrg
	})
}

// entitled reports whether the caller may read and change a personal field of a row: by one grant that has a role for it and
// covers the row, also where everybody may read the rest. A role elsewhere is no reason to see this person.
func (s *Store[M]) entitled(by access.Principal, p personalField, m M) bool {
	return slices.ContainsFunc(by.Grants, func(g *accessv1.Grant) bool {
		return slices.Contains(p.roles, g.GetRole()) && s.covers(access.Principal{Grants: []*accessv1.Grant{g}}, m)
	})
}

// narrow is covers as SQL: a condition over the declared columns and its arguments, numbered from the next free one.
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
			return "", given // this grant sees everything
		}
		alternatives = append(alternatives, "("+strings.Join(all, " AND ")+")")
	}
	return "(" + strings.Join(alternatives, " OR ") + ")", args
}

func (s *Store[M]) grantConditions(g *accessv1.Grant, all []string, args []any) ([]string, []any) {
	if s.area != "" && g.GetArea() != "" {
		// The codes that begin with the prefix, as a range that an index serves: ':' follows '9'.
		all = append(all, s.area+" >= "+mark(&args, g.GetArea()), s.area+" < "+mark(&args, g.GetArea()+":"))
	}
	if s.org != "" && g.GetOrganization() != "" {
		all = append(all, s.org+" = "+mark(&args, g.GetOrganization()))
	}
	return all, args
}

// mark appends an argument and returns its placeholder.
func mark(args *[]any, v any) string {
	*args = append(*args, v)
	return "$" + strconv.Itoa(len(*args))
}
