// Package access asks every RPC for every role at every place, and compares the answers with expectations.csv, where each
// decision stands in one line for a person to read.
package access

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
