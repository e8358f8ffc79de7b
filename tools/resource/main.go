package main

import (
	"flag"
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

// run writes the resource that the flags describe. Their names are those of the variables of `make resource`.
func run(args []string, now time.Time) error {
	var w wish
	flags := flag.NewFlagSet("resource", flag.ContinueOnError)
	root := flags.String("root", ".", "the root of the source tree")
	flags.StringVar(&w.Service, "service", "", "the service that owns it: org")
	flags.StringVar(&w.Name, "name", "", "its name in UpperCamelCase: PartyBranch")
	flags.StringVar(&w.Parent, "parent", "", "the collection of its parent: organizations; empty for none")
	flags.StringVar(&w.Zh, "zh", "", "its Chinese name")
	flags.StringVar(&w.End, "end", "", "the verb that ends it: dissolve; empty for a resource without states")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t := &tree{root: *root, changed: map[string]string{}}
	r, err := newResource(t, w)
	if err != nil {
		return err
	}
	if err := r.write(t, now); err != nil {
		return err
	}
	return t.save(os.Stdout)
}
