package sheet

import (
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/text"
)

// Defaults are the values of a request that do not come from rows. A column for the same value takes precedence over
// the default, unless its cell is empty.
type Defaults struct {
	// Campaign is the slug or name of the campaign of deliveries and statements.
	Campaign string
	// Edition is the reference date of divisions, such as `2020-06-30`. Complete means that the file contains every
	// division of its provinces: divisions that it lacks are retired.
	Edition  string
	Complete bool
	// AsOf, Completeness (default: complete) and Source apply to statements.
	AsOf         *date.Date
	Completeness reportv1.Statement_Completeness
	Source       string
	// Progress receives the number of converted rows and of all rows. Nil disables the callback.
	Progress func(done, total int)
	// Acknowledge are the codes of questions that are acknowledged for every row.
	Acknowledge []string
	// ValidateOnly asks the service to check the request without writing.
	ValidateOnly bool
}

// Request returns the request that loads the sheet. Its type depends on the kind: *villagev1.ImportDivisionsRequest,
// *villagev1.BatchCreateVillagesRequest, *villagev1.ImportNeedsRequest, *orgv1.ImportOrganizationsRequest,
// *actionv1.BatchCreateDeliveriesRequest or *reportv1.BatchCreateStatementsRequest. Row i of the sheet is element i of
// the request. The request satisfies the constraints of the contract and skips resources that exist with the same
// content. An import has all rows in one message; [Portions] divides it into the messages to send.
//
// The same file with the same defaults results in the same request, including its request id. The error is Problems,
// which names every wrong row, unless the contract's constraints could not be evaluated.
func (s *Sheet) Request(d Defaults) (proto.Message, error) {
	d, problems := s.completed(d)
	c := &conversion{
		sheet: s, defaults: d, problems: append(problems, s.problems...),
		occurrences: make(map[string]int), lines: make(map[string]int), enums: make(map[protoreflect.FullName]*choices),
	}
	request := c.convert()
	acknowledge(request, d.Acknowledge)
	text.Of(request.ProtoReflect().Descriptor()).Normalize(request) // refused cells were reported by Read
	if err := c.constrain(request); err != nil {
		return nil, err
	}
	if err := c.problems.orNil(); err != nil {
		return nil, err
	}
	return request, nil
}

// acknowledge sets the codes in a request that has questions.
func acknowledge(request proto.Message, codes []string) {
	m := request.ProtoReflect()
	f := m.Descriptor().Fields().ByName("acknowledge")
	if f == nil {
		return
	}
	for _, code := range codes {
		m.Mutable(f).List().Append(protoreflect.ValueOfString(code))
	}
}

func (c *conversion) convert() proto.Message {
	switch c.sheet.layout.kind {
	case Divisions:
		return c.divisions()
	case Villages:
		return c.villages()
	case Organizations:
		return c.organizations()
	case Needs:
		return c.needs()
	case Deliveries:
		return c.deliveries()
	default:
		return c.statements()
	}
}

// rowsPerReport is the number of rows between calls of Progress, so that they do not slow the conversion down.
const rowsPerReport = 100

// each converts the rows in order. A malformed row becomes an empty element, so that element i is row i.
func each[M any](c *conversion, convert func(*row) *M) []*M {
	elements := make([]*M, 0, len(c.sheet.rows))
	for i, record := range c.sheet.rows {
		if c.defaults.Progress != nil && i%rowsPerReport == 0 {
			c.defaults.Progress(i, len(c.sheet.rows))
		}
		if record.malformed {
			elements = append(elements, new(M))
			continue
		}
		elements = append(elements, convert(&row{conversion: c, record: record}))
	}
	return elements
}

// constrain reports violations of the contract's constraints. It ignores rows with earlier problems: a cell that could
// not be read would violate its constraint as well.
func (c *conversion) constrain(request proto.Message) error {
	var violated fault.Collector
	first := 0
	for _, portion := range Portions(request) {
		err := fault.Validation(protovalidate.Validate(portion))
		if err != nil && !violated.Take(fault.Numbered(first, err)) {
			return fmt.Errorf("check %s against the contract: %w", c.sheet.name, err)
		}
		first += RowsIn(portion)
	}
	if violated.Len() == 0 {
		return nil
	}
	reported := make(map[int]bool)
	for _, p := range c.problems {
		reported[p.Line] = true
	}
	var ofFile, ofRows Problems
	for _, v := range violated.Violations() {
		p := c.sheet.At(v.Field, v.Description)
		switch _, _, ofRow := c.sheet.locate(v.Field); {
		case v.Field == "parent" && p.Column != flagCampaign: // the rows report it
		case !ofRow:
			ofFile = append(ofFile, p)
		case !reported[p.Line]:
			ofRows = append(ofRows, p)
		}
	}
	if len(c.problems) == 0 && len(ofFile) > 0 { // the rows only repeat it
		ofRows = ofFile
	}
	c.problems = append(c.problems, ofRows...)
	return nil
}
