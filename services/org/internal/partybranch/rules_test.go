package partybranch

import (
	"testing"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/fault"
)

func TestANameIsMadeOfLetters(t *testing.T) {
	for name, good := range map[string]bool{"示例": true, "No. 2": true, "2019-08": false} {
		err := Validate(&orgv1.PartyBranch{DisplayName: name})
		if _, refused := fault.From(err); refused == good || refused != (err != nil) {
			t.Errorf("Validate of %q = %v, want it accepted: %t", name, err, good)
		}
	}
}
