package limits

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The largest request of a method that takes one thing, and of one that takes many.
const (
	Single = 1 << 20
	Bulk   = 16 << 20
)

// MaxBytes is the largest size of a request, as JSON or as a proto message. A request that repeats a message is one of a
// batch or of an import and may have 16 MiB. Any other may have 1 MiB.
func MaxBytes(request protoreflect.MessageDescriptor) int {
	for i := range request.Fields().Len() {
		if f := request.Fields().Get(i); f.IsList() && f.Message() != nil {
			return Bulk
		}
	}
	return Single
}

// InWords writes a number of bytes as people do: 16 MiB.
func InWords(bytes int) string {
	switch {
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10 && bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
