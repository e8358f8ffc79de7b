package main

import (
	"path"
	"strings"
)

// Map is the set of rules for a tree. Modules are named by their folder, relative to the root.
type Map struct {
	// Prefix is the part of every module path of the suite before the folder.
	Prefix string
	// Places are tried in order. The first one whose pattern matches a module's folder applies to it.
	Places []Place
	// MaxLines is the maximum length of a hand-written file.
	MaxLines int
}

// Place contains the rules for the modules of one kind.
type Place struct {
	// Pattern is a path.Match pattern for the module's folder.
	Pattern string
	// May are patterns for the folders of the modules that it may require, replace and import.
	May []string
	// Only restricts the imports from a module in May (by folder) to packages below these paths in it. Tests are
	// exempt: they may use real neighbours, and no shipped program contains them.
	Only map[string][]string
	// Instead is the remedy in the message for a violation.
	Instead string
	// Apart exempts the modules from common versions of dependencies, because no shipped program contains their code.
	Apart bool
}

// TheMap returns the map of this repository, as ARCHITECTURE.md draws it. A new module must be added here first.
func TheMap() Map {
	return Map{
		Prefix: "github.com/wancun/wancun/",
		Places: []Place{
			{Pattern: "proto", Instead: "the contract imports nothing of ours"},
			{
				Pattern: "platform",
				May:     []string{"proto"},
				Only: map[string][]string{"proto": {
					"gen/wancun/journal", "gen/wancun/access", "gen/wancun/label", "gen/wancun/resource",
				}},
				Instead: "the kit knows no service: what it needs comes in by Deps or by a type parameter",
			},
			{
				Pattern: "services/*",
				May:     []string{"proto", "platform"},
				Instead: "no service imports another: take its generated client in Deps",
			},
			{
				Pattern: "gateway",
				May:     []string{"proto", "platform"},
				Instead: "the gateway knows services by their generated clients alone",
			},
			{
				Pattern: "wancun",
				May:     []string{"proto", "platform", "services/*", "gateway"},
				Instead: "the binary joins the modules; tests drive it from outside",
			},
			{
				Pattern: "tests",
				May:     []string{"proto", "platform", "services/*", "gateway", "wancun"},
				Instead: "tests drive the suite; tools stay outside it",
			},
			// The generators, and the tool that compares linked descriptors, must use the same versions as the
			// programs.
			{Pattern: "tools/gen"},
			{Pattern: "tools/protodrift"},
			{
				Pattern: "tools/openapi",
				May:     []string{"proto", "platform"},
				Only:    map[string][]string{"platform": {"label", "machine", "route", "text"}},
				Instead: "the document says what the contract says: of the kit, it takes what reads the contract",
				Apart:   true,
			},
			{
				Pattern: "tools/states",
				May:     []string{"proto", "platform"},
				Only:    map[string][]string{"platform": {"label", "machine"}},
				Instead: "the document says what the contract says: of the kit, it takes what reads the contract",
				Apart:   true,
			},
			{
				Pattern: "tools/*",
				May:     []string{"proto"},
				Instead: "a tool reads the contract and nothing behind it",
				Apart:   true,
			},
		},
		MaxLines: 500,
	}
}

// place returns the rules for the module in dir, and false if the map lacks it.
func (m Map) place(dir string) (Place, bool) {
	for _, p := range m.Places {
		if fits(p.Pattern, dir) {
			return p, true
		}
	}
	return Place{}, false
}

// dir returns the folder of a module or package path of the suite, and false for any other path.
func (m Map) dir(modulePath string) (string, bool) {
	return strings.CutPrefix(modulePath, m.Prefix)
}

// may reports whether a module of this kind may name the module in dir.
func (p Place) may(dir string) bool {
	for _, pattern := range p.May {
		if fits(pattern, dir) {
			return true
		}
	}
	return false
}

func fits(pattern, dir string) bool {
	ok, err := path.Match(pattern, dir)
	return err == nil && ok
}
