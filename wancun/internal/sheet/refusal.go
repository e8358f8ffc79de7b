package sheet

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// Refused returns the problems of a violation, one for each of its rows, placed as At places them. Where the service's
// text is about its messages, the reason is about the file, and the column is the one that decides. The last problem
// counts the rows that the response did not name.
func (s *Sheet) Refused(v fault.Violation) Problems {
	list, _, rest, ok := fault.RowOf(v.Field)
	if !ok || v.Rows == nil {
		return Problems{s.refused(v)}
	}
	var all Problems
	for _, r := range v.Rows {
		for row := r.First; row <= r.Last; row++ {
			one := v
			one.Field = fmt.Sprintf("%s[%d]%s", list, row, rest)
			all = append(all, s.refused(one))
		}
	}
	all[len(all)-1].Further = max(0, v.Count-len(all))
	return all
}

func (s *Sheet) refused(v fault.Violation) Problem {
	p := s.At(v.Field, v.Description)
	if v.Question {
		p.Question = v.Reason
	}
	index, _, ofRow := s.locate(v.Field)
	if !ofRow {
		return p
	}
	p.row = index
	switch v.Reason {
	case "RESOURCE_EXISTS":
		p.Column, p.Reason = s.identifying(index), "exists already with other content"
	case "RESOURCE_NOT_FOUND": // the parent of the row does not exist
		if s.layout.kind != Needs {
			return s.OfCampaign(v.Field, "there is no such campaign")
		}
		p.Column = s.headingNamed("village")
		p.Reason, p.Example = "no such village is registered: load it first, from a file of villages", quote(s.rows[index].cells[s.columns["village"]])
	}
	return p
}

// OfCampaign returns a problem with the campaign of a row. It is placed at the flag if no column names the campaign.
func (s *Sheet) OfCampaign(field, reason string) Problem {
	heading := s.headingNamed("campaign")
	if heading == "" {
		return Problem{File: s.name, Column: flagCampaign, Reason: reason}
	}
	p := s.At(field, reason)
	p.Column, p.Reason = heading, reason
	return p
}

// identifying returns the heading of the column that identifies the resource of a row; empty if the whole row does.
func (s *Sheet) identifying(index int) string {
	name := map[Kind]string{Organizations: "uscc", Villages: "code", Statements: "code"}[s.layout.kind]
	if i, there := s.columns["key"]; there && s.rows[index].cells[i] != "" {
		name = "key"
	}
	return s.headingNamed(name)
}

// headingNamed returns the file's heading of a column; empty if the file does not have the column.
func (s *Sheet) headingNamed(column string) string {
	if i, there := s.columns[column]; there {
		return s.header[i]
	}
	return ""
}

// Differing returns the headings of the fields in which a row of the request differs from the stored resource. A column
// that the file lacks is empty in the request.
func (s *Sheet) Differing(request proto.Message, p Problem, stored proto.Message) []string {
	given := s.resource(request, p.row)
	if given == nil {
		return nil
	}
	var fields, headings []string
	for _, c := range s.layout.columns {
		a, _ := value(given, c.field)
		b, seen := value(stored.ProtoReflect(), c.field)
		switch {
		case !seen || a.Equal(b) || slices.Contains(fields, c.field):
			continue
		case s.layout.kind == Villages && c.name == "name" && !a.IsValid(): // the stored name is that of the division
			continue
		}
		heading := s.headingOf(c.field)
		if heading == "" {
			heading = c.name
		}
		fields, headings = append(fields, c.field), append(headings, heading)
	}
	return headings
}

// resource returns the resource that a row became in the request.
func (s *Sheet) resource(request proto.Message, index int) protoreflect.Message {
	m := request.ProtoReflect()
	list := m.Descriptor().Fields().ByName("requests")
	if list == nil || index >= m.Get(list).List().Len() {
		return nil
	}
	row := m.Get(list).List().Get(index).Message()
	return row.Get(row.Descriptor().Fields().ByName(protoreflect.Name(s.layout.singular))).Message()
}

// value returns the field of a message at a column's path. v is invalid if the field has no value. seen is false if the
// message has no such field or its parent is absent, as contacts are for callers who may not see them.
func value(m protoreflect.Message, path string) (v protoreflect.Value, seen bool) {
	first, more, nested := strings.Cut(path, ".")
	f := m.Descriptor().Fields().ByName(protoreflect.Name(first))
	switch {
	case f == nil:
		return v, false
	case nested && !m.Has(f):
		return v, false
	case nested:
		return value(m.Get(f).Message(), more)
	case !m.Has(f):
		return v, true
	}
	return m.Get(f), true
}

// NameOf returns the name of the resource that the row of a problem creates; empty for divisions.
func (s *Sheet) NameOf(request proto.Message, p Problem) string {
	index := p.row
	switch r := request.(type) {
	case *orgv1.ImportOrganizationsRequest:
		return "organizations/" + r.GetRequests()[index].GetOrganization().GetUscc()
	case *villagev1.BatchCreateVillagesRequest:
		return "villages/" + r.GetRequests()[index].GetVillage().GetCode()
	case *villagev1.ImportNeedsRequest:
		return r.GetRequests()[index].GetParent() + "/needs/" + r.GetRequests()[index].GetNeedId()
	case *actionv1.BatchCreateDeliveriesRequest:
		return r.GetParent() + "/deliveries/" + r.GetRequests()[index].GetDeliveryId()
	case *reportv1.BatchCreateStatementsRequest:
		st := r.GetRequests()[index].GetStatement()
		return r.GetParent() + "/statements/" + strings.ToLower(st.GetIndicator()) + "-" + day.Number(st.GetAsOf()).String()
	default:
		return ""
	}
}
