// Package faults kills the suite in the middle of its work, and runs the same script on both database engines.
// Afterwards every acknowledged write must exist exactly once, and every figure must be the sum of the existing
// deliveries.
package faults

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
