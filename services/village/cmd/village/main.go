// Command village runs the village service as a process of its own.
package main

import (
	"os"

	"github.com/wancun/wancun/services/village/program"
)

func main() { os.Exit(program.Main()) }
