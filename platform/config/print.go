package config

import (
	"encoding"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// printSettings writes the settings of the chosen command, in the form of a file for --config.
func printSettings(w io.Writer, ctx *kong.Context) error {
	var tree yaml.MapSlice
	node := ctx.Selected()
	if node == nil { // a program without commands
		node = ctx.Model.Node
	}
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			switch flag.Name {
			case "config", "print-config", "help":
				continue
			}
			value, err := printable(flag)
			if err != nil {
				return fmt.Errorf("%s: %w", flag.Name, err)
			}
			tree = insert(tree, strings.Split(flag.Name, "."), value)
		}
	}
	text, err := yaml.Marshal(tree)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func printable(flag *kong.Flag) (any, error) {
	switch v := flag.Target.Interface().(type) {
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		return string(text), err
	case fmt.Stringer: // durations
		return v.String(), nil
	default:
		return v, nil
	}
}

func insert(tree yaml.MapSlice, path []string, value any) yaml.MapSlice {
	if len(path) == 1 {
		return append(tree, yaml.MapItem{Key: path[0], Value: value})
	}
	for i := range tree {
		if below, ok := tree[i].Value.(yaml.MapSlice); ok && tree[i].Key == path[0] {
			tree[i].Value = insert(below, path[1:], value)
			return tree
		}
	}
	return append(tree, yaml.MapItem{Key: path[0], Value: insert(nil, path[1:], value)})
}
