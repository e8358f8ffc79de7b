package limits

import (
	"fmt"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The largest request of a method that takes one thing, and of one that takes many.
const (
	Single = 1 << 20
	Bulk   = 16 << 20
)

// fewMessages is how many messages a list may have in a request that takes one thing.
const fewMessages = 1000

// MaxBytes is the largest size of a request, as JSON or as a proto message. A request that may have more than 1,000 messages
// in one of its lists, as that of a batch or of an import, may have 16 MiB. Any other may have 1 MiB.
func MaxBytes(request protoreflect.MessageDescriptor) int {
	if takesMany(request, map[protoreflect.FullName]bool{}) {
		return Bulk
	}
	return Single
}

// takesMany looks into each message once, since messages may contain each other. No request fills in what is output only.
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
