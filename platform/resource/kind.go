package resource

import (
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wancun/wancun/platform/day"
)

// Kind declares one kind of resource. Its name pattern and its output-only, immutable and personal fields are read from
// the message's own annotations, and its state machine from the transitions of its methods: see package machine.
type Kind[M proto.Message] struct {
	// Table is the SQL table that holds the kind: name, revision, create_us, update_us, body, personal, mac and Columns.
	Table string
	// Columns are the fields that lists filter, order and narrow by, beside `name`, `create_time` and `update_time`.
	Columns []Column[M]
	// Belongs says where rows belong, unless one of Columns is the Area column. A kind must say one or the other.
	Belongs Belonging
	// Parents knows the resources that the names of rows begin with: to list those of an unknown one, or to create under
	// it, is NOT_FOUND. A kind whose pattern has a parent must say it, unless it is Within that.
	Parents Parents
	// ID gives the last segment of a new row's name where the resource itself says it, as a code does. Nil if callers choose
	// the ids by a field `<singular>_id` of their requests, or the service.
	ID func(M) string
	// Normalize brings fields that callers set to the form in which they are stored and compared, before anything else
	// looks at them. It must take an empty message. Nil if what the server makes of all texts is enough.
	Normalize func(M)
	// OpenReads lets every caller that the policy admits read every row; only writes are narrowed to the caller's area
	// and organization. For registers that everybody consults.
	OpenReads bool
	// Validate checks rules across fields that annotations cannot say, on the message about to be written. Fields in
	// its violations are relative to the message. Nil if there are none.
	Validate func(M) error
	// Questions are rules that may be broken on purpose, beside the limits of plausible fields. Nil if there are none.
	Questions []Question[M]
	// Likeness says which rows are likely one and the same. Nil if rows of different names always differ.
	Likeness *Likeness[M]
	// Unique are the rules by which rows exclude each other. Nil if there are none beside the name.
	Unique []Unique[M]
	// Reserves are the quantities that rows share. Nil if there are none.
	Reserves []Reserve[M]
}

// Column is a field of M that the table repeats as an SQL column.
type Column[M proto.Message] struct {
	name  string
	typ   columnType
	enum  protoreflect.EnumType
	scope scope
	value func(M) any

	rule     protoreflect.ExtensionType
	normal   func(string) string
	arriving bool
	searched bool
	internal bool // computed for the store's own statements: filters and orders do not name it
	likeness bool // of a kind with a Likeness: what is stored may have the row's name behind the value
}

type columnType int

const (
	textColumn columnType = iota
	integerColumn
	booleanColumn
	enumColumn
	dateColumn
	timestampColumn
)

// scope says whether a column narrows what a caller sees.
type scope int

const (
	unscoped scope = iota
	areaScope
	organizationScope
)

// Area marks the column that holds the division code, as access.AreaOf gives it, of the place that a row belongs to.
func (c Column[M]) Area() Column[M] {
	c.scope = areaScope
	return c
}

// Organization marks the column that holds the USCC, as access.OrganizationOf gives it, of a row's organization.
func (c Column[M]) Organization() Column[M] {
	c.scope = organizationScope
	return c
}

// Arriving marks a column that replicas of the version before this one do not write yet. It is written and not read: lists
// neither filter nor order by it, and rows whose value is missing are taken. The version after this one removes the mark,
// with a [Fill] for the rows of the older replicas; from then on each row is held to it.
func (c Column[M]) Arriving() Column[M] {
	c.arriving = true
	return c
}

// Matching says which rule of wancun.resource.v1 the texts of a column follow, where the kind's message has no field of the
// column's name whose constraints say so. A text column with neither is not for callers: lists narrow by it, and filters
// and orders do not name it.
func (c Column[M]) Matching(rule protoreflect.ExtensionType) Column[M] {
	c.rule = rule
	return c
}

// Normalized says what the service makes of the texts that callers give for the column, so that a filter finds a row
// however its value was typed. Every text is in its normal form before, by [text.FormOf] its field.
func (c Column[M]) Normalized(normal func(string) string) Column[M] {
	c.normal = normal
	return c
}

// Text is a column of type TEXT.
func Text[M proto.Message](name string, value func(M) string) Column[M] {
	return Column[M]{name: name, typ: textColumn, value: func(m M) any { return value(m) }}
}

// Integer is a column of type BIGINT.
func Integer[M proto.Message](name string, value func(M) int64) Column[M] {
	return Column[M]{name: name, typ: integerColumn, value: func(m M) any { return value(m) }}
}

// Boolean is a column of type BOOLEAN.
func Boolean[M proto.Message](name string, value func(M) bool) Column[M] {
	return Column[M]{name: name, typ: booleanColumn, value: func(m M) any { return value(m) }}
}

// Enum is a BIGINT column holding the enum's number. Filters name its values.
func Enum[M proto.Message, E protoreflect.Enum](name string, value func(M) E) Column[M] {
	var zero E
	return Column[M]{name: name, typ: enumColumn, enum: zero.Type(), value: func(m M) any { return int64(value(m).Number()) }}
}

// Date is a BIGINT column holding a date as YYYYMMDD, 0 if absent. Filters write it "2019-08-20".
func Date[M proto.Message](name string, value func(M) *date.Date) Column[M] {
	return Column[M]{name: name, typ: dateColumn, value: func(m M) any { return int64(day.Number(value(m))) }}
}

// Timestamp is a BIGINT column holding microseconds since 1970 UTC, 0 if absent.
func Timestamp[M proto.Message](name string, value func(M) *timestamppb.Timestamp) Column[M] {
	return Column[M]{name: name, typ: timestampColumn, value: func(m M) any {
		if t := value(m); t != nil {
			return t.AsTime().UnixMicro()
		}
		return int64(0)
	}}
}
