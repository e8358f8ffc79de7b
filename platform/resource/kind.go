package resource

import (
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wancun/wancun/platform/day"
)

// Kind declares one kind of resource. Its name pattern and its output-only, immutable and personal fields are read from
// the message's annotations, and its state machine from the transitions of its methods (see package machine).
type Kind[M proto.Message] struct {
	// Table is the SQL table of the kind. Its columns are name, revision, create_us, update_us, body, personal, mac and
	// Columns.
	Table string
	// Columns are the fields by which lists filter, order and narrow, besides `name`, `create_time` and `update_time`.
	Columns []Column[M]
	// Belongs declares where rows belong. It is required unless one of Columns is the Area column, and excluded
	// otherwise.
	Belongs Belonging
	// Parents looks up the parents of rows. A list or a create under an unknown parent is NOT_FOUND. It is required for
	// a kind whose pattern has a parent, unless the kind is Within that.
	Parents Parents
	// ID returns the last segment of a new row's name if it follows from the resource, as a code does. nil means that
	// callers choose the id by a field `<singular>_id` of their requests, or that the service generates it.
	ID func(M) string
	// Normalize converts fields that callers set into the form in which they are stored and compared, before any other
	// step. It must accept an empty message. nil means that the server's normalization of all texts is enough.
	Normalize func(M)
	// OpenReads lets every caller that the policy admits read every row; only writes are narrowed to the caller's area
	// and organization. It is for public registers.
	OpenReads bool
	// Validate checks rules across fields that annotations cannot express, on the message about to be written. The
	// fields of its violations are relative to the message. nil means that there are none.
	Validate func(M) error
	// Questions are rules that may be broken on purpose, besides the limits of plausible fields. nil means that there
	// are none.
	Questions []Question[M]
	// Likeness declares which rows are likely duplicates. nil means that rows with different names are never
	// duplicates.
	Likeness *Likeness[M]
	// Unique are the rules by which rows exclude each other. nil means that only names are unique.
	Unique []Unique[M]
	// Reserves are the quantities that rows share. nil means that there are none.
	Reserves []Reserve[M]
}

// Column is an SQL column whose value is computed from the message.
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
	internal bool // for the store's own statements: filters and orders do not name it
	likeness bool // of a kind with a Likeness: the row's name may follow the value in the stored column
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

// scope is how a column narrows what a caller sees.
type scope int

const (
	unscoped scope = iota
	areaScope
	organizationScope
)

// Area marks the column with the division code (see access.AreaOf) of the place that a row belongs to.
func (c Column[M]) Area() Column[M] {
	c.scope = areaScope
	return c
}

// Organization marks the column with the USCC (see access.OrganizationOf) of a row's organization.
func (c Column[M]) Organization() Column[M] {
	c.scope = organizationScope
	return c
}

// Arriving marks a column that replicas of the previous version do not write yet. It is written and not read: lists
// neither filter nor order by it, and rows without a value are accepted. The next version removes the mark and adds a
// [Fill] for the rows of the older replicas. From then on the column of each row is checked.
func (c Column[M]) Arriving() Column[M] {
	c.arriving = true
	return c
}

// Matching sets the rule of wancun.resource.v1 that the texts of a column follow, for a column without a message field
// of the same name. A text column with neither such a field nor a rule is not public: the store narrows by it, but
// filters and orders cannot name it.
func (c Column[M]) Matching(rule protoreflect.ExtensionType) Column[M] {
	c.rule = rule
	return c
}

// Normalized sets how the service normalizes the texts that callers give for the column, so that a filter finds a row
// in whatever form the value was typed. Before, each text has its normal form according to [text.FormOf] its field.
func (c Column[M]) Normalized(normal func(string) string) Column[M] {
	c.normal = normal
	return c
}

// Text declares a column of type TEXT.
func Text[M proto.Message](name string, value func(M) string) Column[M] {
	return Column[M]{name: name, typ: textColumn, value: func(m M) any { return value(m) }}
}

// Integer declares a column of type BIGINT.
func Integer[M proto.Message](name string, value func(M) int64) Column[M] {
	return Column[M]{name: name, typ: integerColumn, value: func(m M) any { return value(m) }}
}

// Boolean declares a column of type BOOLEAN.
func Boolean[M proto.Message](name string, value func(M) bool) Column[M] {
	return Column[M]{name: name, typ: booleanColumn, value: func(m M) any { return value(m) }}
}

// Enum declares a BIGINT column with the enum's number. Filters use the names of its values.
func Enum[M proto.Message, E protoreflect.Enum](name string, value func(M) E) Column[M] {
	var zero E
	return Column[M]{name: name, typ: enumColumn, enum: zero.Type(), value: func(m M) any { return int64(value(m).Number()) }}
}

// Date declares a BIGINT column with a date as YYYYMMDD, 0 if absent. Filters write it as "2019-08-20",
// and an absent date as "".
func Date[M proto.Message](name string, value func(M) *date.Date) Column[M] {
	return Column[M]{name: name, typ: dateColumn, value: func(m M) any { return int64(day.Number(value(m))) }}
}

// Timestamp declares a BIGINT column with microseconds since 1970 UTC, 0 if absent.
func Timestamp[M proto.Message](name string, value func(M) *timestamppb.Timestamp) Column[M] {
	return Column[M]{name: name, typ: timestampColumn, value: func(m M) any {
		if t := value(m); t != nil {
			return t.AsTime().UnixMicro()
		}
		return int64(0)
	}}
}
