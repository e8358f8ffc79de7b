// Package access calls every RPC as every role at every place, and compares the result with the tables in expectations:
// a file for each gRPC service, with one readable line for each RPC.
//
//   - roles: the roles that may call it; PUBLIC means every caller, even without a token.
//   - bound: what binds a caller to a place: the area of its grant, its organization, or nothing; whole means that the
//     grant must not be narrower than a province.
//   - outside: the code for a caller with the role at another place; NARROWED means that the list omits what is outside.
package access

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
