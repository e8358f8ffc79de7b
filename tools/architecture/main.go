package main

import (
	"fmt"
	"os"
)

const usage = "usage: architecture arrows|versions|length|align ROOT"

func main() {
	findings, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "architecture:", err)
		os.Exit(2)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		os.Exit(1)
	}
}

func run(args []string) ([]Finding, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("%s", usage)
	}
	command, root := args[0], args[1]
	tree, err := Load(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	switch m := TheMap(); command {
	case "arrows":
		return Arrows(tree, m), nil
	case "versions":
		return Versions(tree, m), nil
	case "length":
		return Length(tree, m), nil
	case "align":
		return nil, Align(root, tree, m)
	default:
		return nil, fmt.Errorf("unknown command %q; %s", command, usage)
	}
}
