// Command report runs the report service as a process of its own.
package main

import (
	"os"

	"github.com/wancun/wancun/services/report/program"
)

func main() { os.Exit(program.Main()) }
