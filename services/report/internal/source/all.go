package source

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// All returns all sources of report.
func All() []facts.Source {
	return []facts.Source{Deliveries(), Actions(), ScopeMembers(), Needs(), Organizations(), PartyBranches()}
}

// coded returns the code in a resource name such as villages/433124001201 or divisions/433124000000.
func coded(name, collection string) (int64, error) {
	digits, found := strings.CutPrefix(name, collection)
	code, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !found || len(digits) != place.Digits {
		return 0, fmt.Errorf("%q is not a name of %s{code}", name, collection)
	}
	return code, nil
}
