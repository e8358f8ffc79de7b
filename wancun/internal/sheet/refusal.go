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

// Refused places a violation as At does, in each of its rows: under the heading whose cells decide, and in words about the
// file where the service's own are about its messages. The last of the problems counts the rows that the answer did not
// name.
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
	case "RESOURCE_NOT_FOUND": // the parent of the row
		if s.layout.kind != Needs {
			return s.OfCampaign(v.Field, "there is no such campaign")
		}
		p.Column = s.headingNamed("village")
		p.Reason, p.Example = "no such village is registered: load it first, from a file of villages", quote(s.rows[index].cells[s.columns["village"]])
	}
	return p
}

// OfCampaign is a problem with the campaign of a row, which is the flag's if no column names it.
func (s *Sheet) OfCampaign(field, reason string) Problem {
	heading := s.headingNamed("campaign")
	if heading == "" {
		return Problem{File: s.name, Column: flagCampaign, Reason: reason}
	}
	p := s.At(field, reason)
	p.Column, p.Reason = heading, reason
	return p
}

// identifying is the heading whose cell says which resource a row is; empty if the row as a whole does.
func (s *Sheet) identifying(index int) string {
	name := map[Kind]string{Organizations: "uscc", Villages: "code", Statements: "code"}[s.layout.kind]
	if i, there := s.columns["key"]; there && s.rows[index].cells[i] != "" {
		name = "key"
	}
	return s.headingNamed(name)
}

// headingNamed is how the file calls a column; empty if it has none.
func (s *Sheet) headingNamed(column string) string {
	if i, there := s.columns[column]; there {
		return s.header[i]
	}
	return ""
}

// Differing are the headings under which a row of the request says something else than what is stored under its name. A
// column that the file lacks is empty in the request.
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
		case s.layout.kind == Villages && c.name == "name" && !a.IsValid(): // then it is the division's
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

// resource is what a row became in the request.
func (s *Sheet) resource(request proto.Message, index int) protoreflect.Message {
	m := request.ProtoReflect()
	list := m.Descriptor().Fields().ByName("requests")
	if list == nil || index >= m.Get(list).List().Len() {
		return nil
	}
	row := m.Get(list).List().Get(index).Message()
	return row.Get(row.Descriptor().Fields().ByName(protoreflect.Name(s.layout.singular))).Message()
}

// value follows a column's path into a message. It is not valid where nothing is stored, and not seen where the message has
// no such field or the holder of the field is absent, as a contact is for those who may not see it.
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

// NameOf is the name of the resource that the row of a refused problem makes in the request; empty for divisions.
func (s *Sheet) NameOf(request proto.Message, p Problem) string {
	index := p.row
	switch r := request.(type) {
	case *orgv1.BatchCreateOrganizationsRequest:
		return "organizations/" + r.GetRequests()[index].GetOrganization().GetUscc()
	case *villagev1.BatchCreateVillagesRequest:
		return "villages/" + r.GetRequests()[index].GetVillage().GetCode()
	case *villagev1.BatchCreateNeedsRequest:
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
