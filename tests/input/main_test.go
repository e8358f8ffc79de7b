// Package input tests that every RPC enforces the constraints of its contract. It generates the violations from the
// descriptors, field by field. Each must be refused with the name of the field.
package input

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
