package contract

import (
	"testing"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
)

// Servers count the elements of lists before they decode a request. The maximum size of a request follows from the
// lists' bounds.
func TestEveryListOfARequestIsBounded(t *testing.T) {
	for _, m := range asked(t) {
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			if f.IsList() && !fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY) && rulesOf(f).GetRepeated().GetMaxItems() == 0 {
				t.Errorf("%s has no max_items", f.FullName())
			}
		}
	}
}
