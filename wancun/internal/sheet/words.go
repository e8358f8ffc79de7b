package sheet

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/label"
)

// otherWords returns the words that users write for values of choices, in addition to their names and labels.
func otherWords() map[protoreflect.FullName][]string {
	return map[protoreflect.FullName][]string{
		"wancun.village.v1.Division.PROVINCE":       {"省"},
		"wancun.village.v1.Division.PREFECTURE":     {"市州", "地级"},
		"wancun.village.v1.Division.COUNTY":         {"县"},
		"wancun.village.v1.Division.TOWNSHIP":       {"乡镇", "乡级"},
		"wancun.village.v1.Division.VILLAGE":        {"村"},
		"wancun.org.v1.Organization.SERVICE_AGENCY": {"民办非企业单位"},
		"wancun.org.v1.Organization.NATIONAL":       {"全国"},
		"wancun.org.v1.Organization.PROVINCIAL":     {"省"},
		"wancun.org.v1.Organization.PREFECTURE":     {"市州", "市级"},
		"wancun.org.v1.Organization.COUNTY":         {"县"},
		"wancun.report.v1.Statement.MORE_THAN":      {"多", "余"},
		"wancun.report.v1.Statement.AT_LEAST":       {"以上"},
		"wancun.report.v1.Statement.COMPLETE":       {"完全"},
		"wancun.report.v1.Statement.INCOMPLETE":     {"不完全"},
	}
}

// choices are the words that a sheet may contain for the values of an enum.
type choices struct {
	words   []string // all accepted words
	values  map[string]protoreflect.EnumNumber
	offered string // the names of the values, for messages
}

func choicesOf(enum protoreflect.EnumDescriptor) *choices {
	c := &choices{values: map[string]protoreflect.EnumNumber{}}
	var names []string
	for i := range enum.Values().Len() {
		v := enum.Values().Get(i)
		if v.Number() == 0 {
			continue
		}
		names = append(names, strings.ToLower(string(v.Name())))
		for _, word := range append([]string{names[len(names)-1], label.Value(v).Zh}, otherWords()[v.FullName()]...) {
			c.words, c.values[word] = append(c.words, word), v.Number()
		}
	}
	c.offered = strings.Join(names, ", ")
	return c
}
