// Command gateway runs the suite's HTTP edge as a separate process.
package main

import (
	"os"

	"github.com/wancun/wancun/gateway/program"
)

func main() { os.Exit(program.Main()) }
