// Command gateway runs the suite's HTTP edge as a process of its own.
package main

import (
	"os"

	"github.com/wancun/wancun/gateway/program"
)

func main() { os.Exit(program.Main()) }
