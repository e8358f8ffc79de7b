// Package faults kills the suite in the middle of its work, and drives two engines through one script: whatever was
// acknowledged is there afterwards, once, and every figure is the sum of what is there.
package faults

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
