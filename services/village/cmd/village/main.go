// Command village runs the village service as a separate process.
package main

import (
	"os"

	"github.com/wancun/wancun/services/village/program"
)

func main() { os.Exit(program.Main()) }
