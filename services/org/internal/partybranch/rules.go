package partybranch

import (
	"strings"
	"unicode"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/fault"
)

// Validate checks the rules that every party branch satisfies, besides the constraints of its fields.
func Validate(m *orgv1.PartyBranch) error {
	var wrong fault.Collector
	if !strings.ContainsFunc(m.GetDisplayName(), unicode.IsLetter) {
		wrong.Add("display_name", "NAME_WITHOUT_LETTERS", "must contain a letter or a Chinese character")
	}
	return wrong.Err()
}
