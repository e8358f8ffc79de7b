// Package e2e tells what users of wancun do from end to end.
package e2e

import (
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }
