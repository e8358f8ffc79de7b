package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// Tree is the input of the checks.
type Tree struct {
	// Work is go.work: the modules that are built together.
	Work *modfile.WorkFile
	// Modules are all modules below the root, by folder.
	Modules []Module
	// Sources are all Go and proto files, by path.
	Sources []Source
}

// Module is a folder with a go.mod.
type Module struct {
	// Dir is the folder, below the root.
	Dir string
	// File is the parsed go.mod.
	File *modfile.File
}

// Source is a Go or proto file.
type Source struct {
	// Path is the file, below the root.
	Path string
	// Module is the folder of its module; empty if it is in none.
	Module string
	// Lines is the number of lines.
	Lines int
	// Generated is true for Go files with the standard notice of generated code.
	Generated bool
	// Imports are the imports of a Go file.
	Imports []Import
}

// Import is one import of a Go file.
type Import struct {
	// Path is the imported package.
	Path string
	// Line is its line in the file.
	Line int
}

// Load reads the tree below fsys. It skips folders without hand-written sources: hidden ones, bin, third_party,
// node_modules and testdata.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{}
	work, err := fs.ReadFile(fsys, "go.work")
	if err != nil {
		return nil, fmt.Errorf("read the workspace: %w", err)
	}
	if t.Work, err = modfile.ParseWork("go.work", work, nil); err != nil {
		return nil, fmt.Errorf("parse the workspace: %w", err)
	}
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && passedOver(entry.Name()):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		return t.add(fsys, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	for i, s := range t.Sources {
		t.Sources[i].Module = t.moduleOf(s.Path)
	}
	return t, nil
}

func passedOver(dir string) bool {
	return dir != "." && strings.HasPrefix(dir, ".") ||
		slices.Contains([]string{"bin", "third_party", "node_modules", "testdata"}, dir)
}

func (t *Tree) add(fsys fs.FS, name string) error {
	base, ext := path.Base(name), path.Ext(name)
	if base != "go.mod" && ext != ".go" && ext != ".proto" {
		return nil
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if base == "go.mod" {
		file, err := modfile.Parse(name, text, nil)
		if err != nil {
			return err
		}
		t.Modules = append(t.Modules, Module{Dir: path.Dir(name), File: file})
		return nil
	}
	source := Source{Path: name, Lines: bytes.Count(text, []byte("\n"))}
	if ext == ".go" {
		if err := source.parse(text); err != nil {
			return err
		}
	}
	t.Sources = append(t.Sources, source)
	return nil
}

// parse reads the imports and the notice of generated code of a Go file. A syntax error up to there is an error, as for
// the compiler.
func (s *Source) parse(text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, s.Path, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse imports: %w", err)
	}
	s.Generated = ast.IsGenerated(file)
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("parse imports of %s: %w", s.Path, err)
		}
		s.Imports = append(s.Imports, Import{Path: name, Line: set.Position(spec.Pos()).Line})
	}
	return nil
}

// moduleOf returns the folder of the innermost module that holds the file.
func (t *Tree) moduleOf(file string) string {
	innermost := ""
	for _, m := range t.Modules {
		if strings.HasPrefix(file, m.Dir+"/") && len(m.Dir) > len(innermost) {
			innermost = m.Dir
		}
	}
	return innermost
}

// used reports whether go.work builds the module in dir.
func (t *Tree) used(dir string) bool {
	return slices.ContainsFunc(t.Work.Use, func(u *modfile.Use) bool { return path.Clean(u.Path) == dir })
}
