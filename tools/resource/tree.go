package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tree is the source tree with the changes that are not saved yet.
type tree struct {
	root    string
	changed map[string]string // by the path below root
}

func (t *tree) read(path string) (string, error) {
	if text, there := t.changed[path]; there {
		return text, nil
	}
	text, err := os.ReadFile(filepath.Join(t.root, path))
	if err != nil {
		return "", fmt.Errorf("read the tree: %w", err)
	}
	return string(text), nil
}

// create adds a new file.
func (t *tree) create(path, text string) error {
	if _, err := os.Stat(filepath.Join(t.root, path)); err == nil {
		return fmt.Errorf("%s exists", path)
	}
	t.changed[path] = text
	return nil
}

// insert adds text to a file before the last place where the anchor begins.
func (t *tree) insert(path, anchor, text string) error {
	old, err := t.read(path)
	if err != nil {
		return err
	}
	at := strings.LastIndex(old, anchor)
	if at < 0 {
		return fmt.Errorf("%s has no %q: add this by hand: %s", path, anchor, text)
	}
	t.changed[path] = old[:at] + text + old[at:]
	return nil
}

// insertAfter adds a line after the last line that contains the anchor.
func (t *tree) insertAfter(path, anchor, line string) error {
	old, err := t.read(path)
	if err != nil {
		return err
	}
	at := strings.LastIndex(old, anchor)
	if at < 0 {
		return fmt.Errorf("%s has no %q: add this by hand: %s", path, anchor, line)
	}
	end := at + strings.IndexByte(old[at:], '\n') + 1
	t.changed[path] = old[:end] + line + "\n" + old[end:]
	return nil
}

// save writes all changes and prints their paths.
func (t *tree) save(out io.Writer) error {
	for _, path := range slices.Sorted(maps.Keys(t.changed)) {
		file := filepath.Join(t.root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("save: %w", err)
		}
		if err := os.WriteFile(file, []byte(t.changed[path]), 0o644); err != nil {
			return fmt.Errorf("save: %w", err)
		}
		if _, err := fmt.Fprintln(out, path); err != nil {
			return fmt.Errorf("print what was saved: %w", err)
		}
	}
	return nil
}

// protos returns the texts of the proto files below a folder.
func (t *tree) protos(folder string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(filepath.Join(t.root, folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".proto" {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, string(text))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the protos: %w", err)
	}
	return all, nil
}
