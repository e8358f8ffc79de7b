// Command org runs the org service as a process of its own.
package main

import (
	"os"

	"github.com/wancun/wancun/services/org/program"
)

func main() { os.Exit(program.Main()) }
