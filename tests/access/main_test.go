// Package access calls every RPC as every role at every place, and compares the result with expectations.csv, which has
// one readable line for each decision.
package access

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
