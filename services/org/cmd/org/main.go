// Command org runs the org service as a separate process.
package main

import (
	"os"

	"github.com/wancun/wancun/services/org/program"
)

func main() { os.Exit(program.Main()) }
