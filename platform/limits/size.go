package limits

import (
	"fmt"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The largest request of a method that takes one resource, and of a method that takes many.
const (
	Single = 1 << 20
	Bulk   = 16 << 20
)

// Stream is what a stream of requests takes of the memory while it is open: one message, encoded and decoded, and what
// its handler keeps of all messages, such as the names of the rows of an import.
const Stream = 12 << 20

// fewMessages is the greatest number of messages in a list of a request that takes one resource.
const fewMessages = 1000

// MaxBytes returns the largest size of a request, as JSON or as a proto message: 16 MiB if one of its lists may hold
// more than 1,000 messages, as in a batch or an import; otherwise 1 MiB.
func MaxBytes(request protoreflect.MessageDescriptor) int {
	if takesMany(request, map[protoreflect.FullName]bool{}) {
		return Bulk
	}
	return Single
}

// takesMany visits each message once, since messages may contain each other. Output-only fields are skipped: requests
// do not set them.
func takesMany(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	seen[d.FullName()] = true
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if f.Message() == nil || fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY) {
			continue
		}
		if most := maxItems(f); f.IsList() && (most == 0 || most > fewMessages) {
			return true
		}
		if !seen[f.Message().FullName()] && takesMany(f.Message(), seen) {
			return true
		}
	}
	return false
}

// InWords formats a number of bytes for a message: 16 MiB.
func InWords(bytes int) string {
	switch {
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10 && bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
