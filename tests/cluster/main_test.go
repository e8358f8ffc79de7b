package cluster

import (
	"fmt"
	"os"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) {
	code := suite.Main(m, "wancun-cluster")
	if err := endShared(code != 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
