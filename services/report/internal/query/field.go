package query

import (
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/label"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/platform/predicate"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// The fields that all sources have.
const (
	stageField        = "stage"
	monthField        = "month"
	organizationField = "organization"
	ofOrganization    = "organization."
)

// item is a row of a table with everything that fields can read of it.
type item struct {
	rollup.Part

	class  facts.Class
	stage  facts.Stage
	code   string      // 12 digits of the place at the time, as far as the table tells places apart
	now    string      // the current code; a short code if only the succession of a place around it is known
	holder facts.Class // the class of the organization's own fact
}

// value returns the value of a field as filters write it.
func (i *item) value(field string) string {
	switch field {
	case stageField:
		return i.stage.String()
	case monthField:
		return day.Month(i.Month).String()
	case organizationField:
		if i.Organization == "" {
			return ""
		}
		return "organizations/" + i.Organization
	}
	if l, ok := levelOf(field); ok {
		if digits := place.Digits - len(strconv.FormatInt(int64(l), 10)) + 1; len(i.now) >= digits {
			return placeName(place.Pad(i.now), l)
		}
		return placeName(i.code, l)
	}
	if attribute, ok := strings.CutPrefix(field, ofOrganization); ok {
		return figure.ValueOf(i.holder, attribute)
	}
	return figure.ValueOf(i.class, field)
}

// levelOf returns the level of a field that names a place.
func levelOf(field string) (facts.Level, bool) {
	l, ok := map[string]facts.Level{
		"province": facts.Provinces, "prefecture": facts.Prefectures, "county": facts.Counties, "township": facts.Townships, "village": facts.Villages,
	}[field]
	return l, ok
}

// placeName returns the name of the place of a level that contains a code.
func placeName(code string, l facts.Level) string {
	n, err := strconv.ParseInt(code, 10, 64)
	if err != nil {
		return ""
	}
	n -= n % int64(l)
	if n%int64(facts.Townships) != 0 {
		return "villages/" + strconv.FormatInt(n, 10)
	}
	return "divisions/" + strconv.FormatInt(n, 10)
}

// fieldsOf returns the fields by which the facts of a source can be grouped and filtered.
func fieldsOf(source actionv1.Formula_Source, c *actionv1.Campaign) ([]predicate.Field, error) {
	declared := figure.Countable(source)
	fields, err := predicate.FieldsOf(declared.GetFields())
	if err != nil {
		return nil, err
	}
	for i := range fields {
		switch fields[i].Name {
		case "action":
			fields[i].Form = oneOf(c.GetActions(), "the id of an action of the campaign", "活动中某行动的标识")
		case "indicator":
			fields[i].Form = oneOf(c.GetIndicators(), "the id of an indicator of the campaign", "活动中某指标的标识")
		}
	}
	fields = append(fields, predicate.Field{Name: stageField, Enum: actionv1.Formula_STAGE_UNSPECIFIED.Descriptor()},
		predicate.Field{Name: monthField, Ordered: true, Form: matching(`^[0-9]{4}-(0[1-9]|1[0-2])$`, `a month such as "2019-09"`, "月份（例如 \"2019-09\"）")},
		predicate.Field{Name: organizationField, Form: &predicate.Form{
			Holds:   func(text string) bool { return text == "organizations/"+access.OrganizationOf(text) },
			English: "the name of an organization: organizations/ and its code", Chinese: "社会组织的名称（organizations/ 加统一社会信用代码）",
		}})
	for _, f := range []struct{ name, form, english, chinese string }{
		{"province", `^divisions/[1-9][0-9]0{10}$`, "the name of a province, such as divisions/430000000000", "省级区划的名称，例如 divisions/430000000000，"},
		{"prefecture", `^divisions/[1-9][0-9]{3}0{8}$`, "the name of a prefecture, such as divisions/433100000000", "地级区划的名称，例如 divisions/433100000000，"},
		{"county", `^divisions/[1-9][0-9]{5}0{6}$`, "the name of a county, such as divisions/433124000000", "县级区划的名称，例如 divisions/433124000000，"},
		{"township", `^divisions/[1-9][0-9]{8}0{3}$`, "the name of a township, such as divisions/433124001000", "乡级区划的名称，例如 divisions/433124001000，"},
		{"village", `^villages/[1-9][0-9]{11}$`, "the name of a village, such as villages/433124001201", "村的名称，例如 villages/433124001201，"},
	} {
		fields = append(fields, predicate.Field{Name: f.name, Form: matching(f.form, f.english, f.chinese)})
	}
	return fields, nil
}

func matching(pattern, english, chinese string) *predicate.Form {
	return &predicate.Form{Holds: regexp.MustCompile(pattern).MatchString, English: english, Chinese: chinese}
}

func oneOf[T interface{ GetId() string }](things []T, english, chinese string) *predicate.Form {
	return &predicate.Form{English: english, Chinese: chinese, Holds: func(text string) bool {
		for _, t := range things {
			if t.GetId() == text {
				return true
			}
		}
		return text == ""
	}}
}

// namer finds the names of values.
type namer struct {
	campaign  *actionv1.Campaign
	fields    []predicate.Field
	divisions map[int64]rollup.Names
}

// names returns the names of a value in Chinese and English, "" if it has none.
func (n namer) names(field, value string) (zh, en string) {
	if l, ok := levelOf(field); ok {
		code, err := strconv.ParseInt(strings.TrimPrefix(value, "divisions/"), 10, 64)
		if err != nil {
			return "", ""
		}
		found := n.divisions[code/int64(l)]
		return found.Chinese, found.English
	}
	switch field {
	case "action":
		for _, a := range n.campaign.GetActions() {
			if a.GetId() == value {
				return a.GetDisplayName(), a.GetDisplayNameEn()
			}
		}
	case "indicator":
		for _, i := range n.campaign.GetIndicators() {
			if i.GetId() == value {
				return i.GetDisplayName(), i.GetDisplayNameEn()
			}
		}
	}
	for _, f := range n.fields {
		if f.Name == field && f.Enum != nil {
			if v := f.Enum.Values().ByName(protoreflect.Name(value)); v != nil {
				words := label.Value(v)
				return words.Zh, words.En
			}
		}
	}
	return "", ""
}
