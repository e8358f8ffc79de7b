// Command action runs the action service as a separate process.
package main

import (
	"os"

	"github.com/wancun/wancun/services/action/program"
)

func main() { os.Exit(program.Main()) }
