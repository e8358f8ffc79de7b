package main

import (
	"path"
	"strings"
)

// Map is what a tree is held to. Modules are named by their folder below the root.
type Map struct {
	// Prefix is what comes before the folder in the path of every module of the suite.
	Prefix string
	// Places are tried in order; the first whose pattern fits a module's folder holds.
	Places []Place
	// MaxLines is the length of the longest hand-written file.
	MaxLines int
}

// Place says what the modules of one kind may name.
type Place struct {
	// Pattern is a path.Match pattern for the module's folder.
	Pattern string
	// May lists patterns of the folders of modules that it may require, replace and import.
	May []string
	// Only narrows imports from a module of May (by folder) to packages below these paths inside it. Tests are free of it:
	// they try a place on real neighbours, and nothing that ships contains them.
	Only map[string][]string
	// Instead tells whoever is stopped here what to do.
	Instead string
	// Apart is set for modules whose dependencies are their own business, since nothing of them is linked into what we
	// ship.
	Apart bool
}

// TheMap is the map of this repository, as ARCHITECTURE.md draws it. A new module gets its line here first.
func TheMap() Map {
	return Map{
		Prefix: "github.com/wancun/wancun/",
		Places: []Place{
			{Pattern: "proto", Instead: "the contract stands on nothing of ours"},
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
			// What is generated, and what is compared with the linked descriptors, must be of the versions that are linked.
			{Pattern: "tools/gen"},
			{Pattern: "tools/protodrift"},
			{
				Pattern: "tools/openapi",
				May:     []string{"proto", "platform"},
				Only:    map[string][]string{"platform": {"label", "route"}},
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

// place returns what the map says about the module in dir, and false if the map does not know it.
func (m Map) place(dir string) (Place, bool) {
	for _, p := range m.Places {
		if fits(p.Pattern, dir) {
			return p, true
		}
	}
	return Place{}, false
}

// dir returns the folder of a module or package path of the suite, and false for a path of somebody else.
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
