// Command report runs the report service as a separate process.
package main

import (
	"os"

	"github.com/wancun/wancun/services/report/program"
)

func main() { os.Exit(program.Main()) }
