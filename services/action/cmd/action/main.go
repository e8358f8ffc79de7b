// Command action runs the action service as a process of its own.
package main

import (
	"os"

	"github.com/wancun/wancun/services/action/program"
)

func main() { os.Exit(program.Main()) }
