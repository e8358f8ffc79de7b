package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:], time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "resource:", err)
		os.Exit(1)
	}
}

func run(args []string, now time.Time) error {
	for len(args) < 6 {
		args = append(args, "")
	}
	t := &tree{root: args[0], changed: map[string]string{}}
	r, err := newResource(t, args[1], args[2], args[3], args[4], args[5])
	if err != nil {
		return err
	}
	if err := r.write(t, now); err != nil {
		return err
	}
	return t.save(os.Stdout)
}
