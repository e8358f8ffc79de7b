package sheet

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// mostPortion and largestPortion limit a message of an import, in rows and in encoded bytes. As JSON, such a message
// has less than the 1 MiB that the suite takes.
const mostPortion, largestPortion = 1000, 256 << 10

// Portions returns the messages in which a request is sent: those of an import have at most 1,000 rows each, and the
// first has the settings. Any other request is one message.
func Portions(request proto.Message) []proto.Message {
	switch request.(type) {
	case *villagev1.ImportNeedsRequest, *orgv1.ImportOrganizationsRequest:
	default:
		return []proto.Message{request}
	}
	whole := request.ProtoReflect()
	f := requestsOf(whole)
	rows := whole.Get(f).List()
	portion := whole.New()
	whole.Range(func(setting protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if setting != f {
			portion.Set(setting, v)
		}
		return true
	})
	portions, size := []proto.Message{portion.Interface()}, 0
	for i := range rows.Len() {
		one := proto.Size(rows.Get(i).Message().Interface())
		if n := portion.Get(f).List().Len(); n == mostPortion || n > 0 && size+one > largestPortion {
			portion, size = whole.New(), 0
			portions = append(portions, portion.Interface())
		}
		portion.Mutable(f).List().Append(rows.Get(i))
		size += one
	}
	return portions
}

// requestsOf returns the field with the rows of a request, nil if it has another name.
func requestsOf(m protoreflect.Message) protoreflect.FieldDescriptor {
	return m.Descriptor().Fields().ByName("requests")
}

// RowsIn returns the number of rows in a message of Portions.
func RowsIn(portion proto.Message) int {
	m := portion.ProtoReflect()
	if f := requestsOf(m); f != nil {
		return m.Get(f).List().Len()
	}
	return 0
}
