// Package input holds every RPC to the constraints of its own contract: what they forbid is generated from the descriptors,
// field by field, and must be refused by name.
package input

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
