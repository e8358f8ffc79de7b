package figure

import (
	"strings"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// vocabulary names the headings that notices of this kind share and that are no action. A campaign carries no names for
// headings of its own; one that is not here is headed by its id in words.
func vocabulary(id string) (zh, en string) {
	switch id {
	case "scope":
		return "帮扶范围", "Scope"
	case "mobilisation":
		return "动员情况", "Mobilisation"
	case "party":
		return "党建引领", "Party organizations"
	case "commendation":
		return "表彰情况", "Commendation"
	case "total", "all", "all-five":
		return "总体成效", "All actions together"
	case "province":
		return "全省情况", "The whole province"
	default:
		words := strings.ReplaceAll(id, "-", " ")
		words = strings.ToUpper(words[:1]) + words[1:]
		return words, words
	}
}

// Groups are the headings of the campaign's indicators in the order of their first figure. A group that is an action
// bears the action's name.
func Groups(c *actionv1.Campaign) []*reportv1.FigureGroup {
	actions := map[string]*actionv1.Action{}
	for _, a := range c.GetActions() {
		actions[a.GetId()] = a
	}
	var out []*reportv1.FigureGroup
	seen := map[string]bool{}
	for _, i := range c.GetIndicators() {
		id := i.GetGroup()
		if seen[id] {
			continue
		}
		seen[id] = true
		zh, en := vocabulary(id)
		if a, ok := actions[id]; ok {
			zh, en = a.GetDisplayName(), a.GetDisplayNameEn()
		}
		out = append(out, &reportv1.FigureGroup{Id: id, DisplayName: zh, DisplayNameEn: en})
	}
	return out
}
