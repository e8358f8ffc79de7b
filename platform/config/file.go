package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// file resolves settings from a YAML file. Scalars keep their spelling, whatever type YAML gives them: 0433 stays those
// four characters, and the setting decides whether it is a number.
type file struct {
	path   string
	values map[string]any // scalar string, []any or map[string]any
}

var _ kong.Resolver = (*file)(nil)

func (f *file) read(path string) error {
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("read the settings file: %w", err)
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return fmt.Errorf("read the settings file %s: %w", path, err)
	}
	f.path = path
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		value, err := plain(doc.Body)
		if err != nil {
			return fmt.Errorf("read the settings file %s: %w", path, err)
		}
		values, ok := value.(map[string]any)
		if !ok || f.values != nil {
			return fmt.Errorf("read the settings file %s: want one document that maps settings to values", path)
		}
		f.values = values
	}
	return nil
}

// plain converts a YAML node to maps, lists and the text of scalars. Null becomes nil, as if the key were missing.
func plain(node ast.Node) (any, error) {
	switch n := node.(type) {
	case *ast.NullNode, *ast.CommentGroupNode:
		return nil, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, item := range n.Values {
			value, err := plain(item)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case *ast.MappingValueNode:
		return mapping(n)
	case *ast.MappingNode:
		return mapping(n.Values...)
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	}
	return nil, fmt.Errorf("line %d: %s are not supported", node.GetToken().Position.Line, strings.ToLower(node.Type().String()))
}

func mapping(pairs ...*ast.MappingValueNode) (any, error) {
	values := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		value, err := plain(pair.Value)
		if err != nil {
			return nil, err
		}
		values[pair.Key.GetToken().Value] = value
	}
	return values, nil
}

// Resolve implements kong.Resolver. Environment variables take precedence over the file.
func (f *file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, ok := os.LookupEnv(env); ok { //nolint:forbidigo // this package reads the environment for main
			return nil, nil
		}
	}
	var value any = f.values
	for part := range strings.SplitSeq(flag.Name, ".") {
		level, ok := value.(map[string]any)
		if !ok {
			return nil, nil
		}
		value = level[part]
	}
	return value, nil
}

// Validate implements kong.Resolver. It refuses keys that are no setting of any command.
func (f *file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app.Node, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	delete(known, "config") // a file cannot name another
	delete(known, "print-config")
	delete(known, "help")
	return f.unknown(known, "", f.values)
}

func (f *file) unknown(known map[string]bool, prefix string, level map[string]any) error {
	for key, value := range level {
		name := prefix + key
		below, deeper := value.(map[string]any)
		switch {
		case known[name]:
		case deeper:
			if err := f.unknown(known, name+".", below); err != nil {
				return err
			}
		default:
			return fmt.Errorf("the settings file %s has the key %s, which is no setting", f.path, name)
		}
	}
	return nil
}
