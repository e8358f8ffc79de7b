package sheet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/width"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/label"
)

// Kind is the kind of a sheet's rows. Its text is the plural noun for messages.
type Kind string

// The kinds of sheets that can be loaded.
const (
	Divisions     Kind = "divisions"
	Villages      Kind = "villages"
	Organizations Kind = "organizations"
	Needs         Kind = "needs"
	Deliveries    Kind = "deliveries"
	Statements    Kind = "statements"
)

// BuildsOn reports whether rows of this kind refer to resources that rows of the other kind create.
func (k Kind) BuildsOn(other Kind) bool {
	return slices.Contains(map[Kind][]Kind{
		Villages:      {Divisions},
		Organizations: {Divisions},
		Needs:         {Divisions, Villages},
		Deliveries:    {Divisions, Villages, Organizations},
	}[k], other)
}

// layout describes one kind of sheet. No header that only consists of known columns has the required columns of two
// kinds, so the header determines the kind.
type layout struct {
	kind     Kind
	row      proto.Message // the message that a row becomes
	singular string        // the field of the batch's requests that holds the resource
	maxRows  int
	columns  []column
}

// column is a column that a kind of sheet may have.
type column struct {
	name     string
	aliases  []string // other accepted headings, in any case, beside the label of the field
	field    string   // path of the field in the resource or its request; empty: the column is only for readers
	required bool
}

const (
	maxImported = 100_000 // what the suite imports at once
	maxRows     = 20_000  // what the suite takes in a batch
)

func layouts() []*layout {
	return labelled([]*layout{
		{Divisions, &villagev1.Division{}, "", maxImported, []column{
			{"code", []string{"代码", "区划代码", "行政区划代码"}, "code", true},
			{"name", []string{"区划名称"}, "display_name", true},
			{"name_en", []string{"英文名"}, "display_name_en", false},
			{"level", []string{"层级"}, "level", true},
			{"parent_code", []string{"上级代码"}, "parent", true},
			{"kind", []string{"类别", "类型"}, "kind", false},
		}},
		{Villages, &villagev1.CreateVillageRequest{}, "village", maxRows, []column{
			{"code", []string{"代码", "村代码"}, "code", true},
			{"name", []string{"村名"}, "display_name", true},
			{"deeply_poor", []string{"是否深度贫困村"}, "deeply_poor", true},
		}},
		{Organizations, &orgv1.CreateOrganizationRequest{}, "organization", maxImported, []column{
			{"uscc", []string{"信用代码"}, "uscc", true},
			{"name", []string{"组织名称", "社会组织名称"}, "display_name", true},
			{"name_en", []string{"英文名"}, "display_name_en", false},
			{"type", []string{"类型"}, "type", true},
			{"level", []string{"级别"}, "level", true},
			{"division", []string{"登记地代码", "区划代码", "行政区划代码"}, "division", true},
			{"supervising_body", nil, "supervising_body", false},
			{"contact_person", []string{"联系人"}, "contact.person", false},
			{"contact_phone", []string{"电话"}, "contact.phone", false},
			{"uscc_override_reason", nil, "uscc_override_reason", false},
			{"authority_override_reason", nil, "authority_override_reason", false},
		}},
		{Needs, &villagev1.CreateNeedRequest{}, "need", maxImported, []column{
			{"village", []string{"村代码", "村庄代码"}, "parent", true},
			{"category", []string{"类别"}, "category", true},
			{"quantity", nil, "quantity", true},
			{"unit", nil, "unit", true},
			{"description", []string{"说明"}, "description", false},
			{"survey_date", []string{"调研日期"}, "survey_date", true},
			{"key", []string{"编号"}, "need_id", false},
		}},
		{Deliveries, &actionv1.CreateDeliveryRequest{}, "delivery", maxRows, []column{
			{"campaign", nil, "parent", false},
			{"action", []string{"专项行动"}, "action", true},
			{"indicator", []string{"指标代码"}, "indicator", true},
			{"organization", []string{"统一社会信用代码"}, "organization", true},
			{"village", []string{"村代码", "村庄代码"}, "village", true},
			{"delivery_date", []string{"日期"}, "delivery_date", true},
			{"quantity", nil, "quantity", false},
			{"value_yuan", []string{"价值(元)", "金额(元)"}, "value_fen", false},
			{"value_fen", []string{"价值(分)", "金额(分)"}, "value_fen", false},
			{"measure", []string{"方式"}, "measure", false},
			{"beneficiaries", nil, "beneficiaries", false},
			{"note", nil, "note", false},
			{"key", []string{"编号"}, "delivery_id", false},
		}},
		{Statements, &reportv1.CreateStatementRequest{}, "statement", maxRows, []column{
			{"code", []string{"代码", "指标代码"}, "indicator", true},
			{"action", []string{"行动", "专项行动"}, "", false},
			{"name_zh", []string{"名称", "中文名称"}, "", false},
			{"name_en", []string{"英文名称", "英文名"}, "", false},
			{"unit", nil, "unit", true},
			{"kind", []string{"类型"}, "", false},
			{"qualifier", []string{"限定", "限定词"}, "qualifier", true},
			{"value", []string{"值"}, "value", true},
			{"owner_service", nil, "", false},
			{"note", nil, "note", false},
			{"campaign", nil, "parent", false},
			{"as_of", []string{"截止日期"}, "as_of", false},
			{"completeness", nil, "completeness", false},
			{"source", nil, "source", false},
		}},
	})
}

// labelled adds the label of its field to the headings of each column. If two columns fill one field, the first one
// gets the label: users write money in yuan.
func labelled(all []*layout) []*layout {
	for _, l := range all {
		taken := map[string]bool{}
		for i, c := range l.columns {
			if zh := l.labelOf(c); zh != "" && !taken[zh] {
				taken[zh] = true
				l.columns[i].aliases = append([]string{zh}, c.aliases...)
			}
		}
	}
	return all
}

// labelOf returns the label of the field that a column fills; empty if it fills none.
func (l *layout) labelOf(c column) string {
	row := l.row.ProtoReflect().Descriptor()
	return cmp.Or(label.At(row, l.singular+"."+c.field).Zh, label.At(row, c.field).Zh)
}

// heading normalizes a heading for comparison: `Value Yuan`, `value-yuan` and full-width letters all become
// `value_yuan`.
func heading(s string) string {
	s = strings.ToLower(strings.TrimSpace(width.Fold.String(s)))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_")
}

// fit describes how well a header matches a layout.
type fit struct {
	layout  *layout
	columns map[string]int // name of the column -> its index in the header
	missing []string       // missing required columns
	unknown []int          // indexes of headings that match no column
	twice   []int          // indexes of headings whose column already matched
}

func (l *layout) fit(header []string) fit {
	f := fit{layout: l, columns: make(map[string]int)}
	for i, h := range header {
		if heading(h) == "" {
			continue
		}
		j := slices.IndexFunc(l.columns, func(c column) bool {
			return heading(h) == c.name || slices.Contains(c.aliases, heading(h))
		})
		if j < 0 {
			f.unknown = append(f.unknown, i)
			continue
		}
		if _, there := f.columns[l.columns[j].name]; there {
			f.twice = append(f.twice, i)
			continue
		}
		f.columns[l.columns[j].name] = i
	}
	for _, c := range l.columns {
		if _, there := f.columns[c.name]; c.required && !there {
			f.missing = append(f.missing, c.name)
		}
	}
	return f
}

// bestFit returns the layout with the fewest missing required columns. Among equal ones it prefers the one with the
// most known headings.
func bestFit(header []string) fit {
	var fits []fit
	for _, l := range layouts() {
		fits = append(fits, l.fit(header))
	}
	return slices.MinFunc(fits, func(a, b fit) int {
		if d := len(a.missing) - len(b.missing); d != 0 {
			return d
		}
		return len(a.unknown) - len(b.unknown)
	})
}

// kinds lists every kind with its required columns.
func kinds() string {
	var list []string
	for _, l := range layouts() {
		list = append(list, fmt.Sprintf("%s (%s)", l.kind, strings.Join(l.names(true), ", ")))
	}
	return strings.Join(list, ", ")
}

// noun is the singular noun for one row.
func (l *layout) noun() string {
	if l.kind == Divisions {
		return "division"
	}
	return l.singular
}

// names returns the columns of the kind, or only the required ones.
func (l *layout) names(required bool) []string {
	var names []string
	for _, c := range l.columns {
		if c.required || !required {
			names = append(names, c.name)
		}
	}
	return names
}
