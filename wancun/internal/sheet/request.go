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

// Defaults are what a request needs beyond the rows. A column of the same name goes before; an empty cell in it does
// not.
type Defaults struct {
	// Campaign is the slug or name of the campaign for deliveries and statements.
	Campaign string
	// Edition is the reference date of divisions, `2020-06-30`; Complete says that the file holds every division of
	// its provinces, so that what it does not hold is retired.
	Edition  string
	Complete bool
	// AsOf, Completeness (complete if not given) and Source speak of statements.
	AsOf         *date.Date
	Completeness reportv1.Statement_Completeness
	Source       string
	// Progress is told how many rows of all have been looked at; nil: nobody is.
	Progress func(done, total int)
	// Acknowledge are the codes of questions that are answered for every row.
	Acknowledge []string
	// ValidateOnly asks the service to check and to write nothing.
	ValidateOnly bool
}

// Request makes the request that loads the sheet, by its kind: *villagev1.ImportDivisionsRequest,
// *villagev1.BatchCreateVillagesRequest, *villagev1.BatchCreateNeedsRequest, *orgv1.BatchCreateOrganizationsRequest,
// *actionv1.BatchCreateDeliveriesRequest or *reportv1.BatchCreateStatementsRequest. Row i of the sheet is element i of
// the request, which satisfies the constraints of the contract and passes over what exists with the same content.
//
// The same file with the same defaults gives the same request, request id included. An error is Problems, naming every
// row that is at fault, or says that the contract's constraints could not be evaluated.
func (s *Sheet) Request(d Defaults) (proto.Message, error) {
	d, problems := s.completed(d)
	c := &conversion{
		sheet: s, defaults: d, problems: append(problems, s.problems...),
		occurrences: make(map[string]int), lines: make(map[string]int), enums: make(map[protoreflect.FullName]*choices),
	}
	request := c.convert()
	acknowledge(request, d.Acknowledge)
	text.Of(request.ProtoReflect().Descriptor()).Normalize(request) // cells with what it refuses were reported when they were read
	if err := c.constrain(request); err != nil {
		return nil, err
	}
	if err := c.problems.orNil(); err != nil {
		return nil, err
	}
	return request, nil
}

// acknowledge puts codes into a request that can answer questions.
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

// rowsPerReport keeps whoever watches from slowing the work down.
const rowsPerReport = 100

// each converts the rows in order. A malformed row gives an empty element, so that places agree.
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

// constrain reports what the contract's own constraints refuse, for rows that nothing was reported of so far, since a
// cell that could not be read fails its constraint too.
func (c *conversion) constrain(request proto.Message) error {
	err := fault.Validation(protovalidate.Validate(request))
	violated, ok := fault.From(err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return fmt.Errorf("check %s against the contract: %w", c.sheet.name, err)
	}
	reported := make(map[int]bool)
	for _, p := range c.problems {
		reported[p.Line] = true
	}
	var ofFile, ofRows Problems
	for _, v := range violated.Violations() {
		p := c.sheet.At(v.Field, v.Description)
		switch _, _, ofRow := c.sheet.locate(v.Field); {
		case v.Field == "parent" && p.Column != flagCampaign: // the rows name it
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
