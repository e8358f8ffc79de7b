package figure

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// named is an action or a heading.
type named interface {
	GetDisplayName() string
	GetDisplayNameEn() string
}

// Groups returns the groups of the campaign's indicators in the order of their first figure. A group has the name of
// its action or heading, or its id if the campaign has neither.
func Groups(c *actionv1.Campaign) []*reportv1.FigureGroup {
	names := map[string]named{}
	for _, h := range c.GetHeadings() {
		names[h.GetId()] = h
	}
	for _, a := range c.GetActions() {
		names[a.GetId()] = a
	}
	var out []*reportv1.FigureGroup
	seen := map[string]bool{}
	for _, i := range c.GetIndicators() {
		id := i.GetGroup()
		if seen[id] {
			continue
		}
		seen[id] = true
		zh, en := id, id
		if n, ok := names[id]; ok {
			zh, en = n.GetDisplayName(), n.GetDisplayNameEn()
		}
		out = append(out, &reportv1.FigureGroup{Id: id, DisplayName: zh, DisplayNameEn: en})
	}
	return out
}
