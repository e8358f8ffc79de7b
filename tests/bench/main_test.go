package bench

import (
	"os"
	"testing"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) {
	process.SpareCollector() // as every program of the suite does
	os.Exit(suite.Main(m, "wancun-cluster"))
}
