package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Finding is one violation with its remedy.
type Finding struct {
	// File is the path of the file, relative to the root.
	File string
	// Line is the line in the file; 0 means the whole file.
	Line int
	// Text describes the violation and its remedy.
	Text string
}

// String formats the finding so that editors link to its place.
func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Arrows returns every require, replace and import that the map does not permit, and every module that it lacks.
func Arrows(t *Tree, m Map) []Finding {
	var found []Finding
	for _, module := range t.Modules {
		place, known := m.place(module.Dir)
		if !known {
			found = append(found, Finding{File: module.Dir + "/go.mod",
				Text: "this module is not on the map: give it a line in tools/architecture/map.go and in ARCHITECTURE.md"})
			continue
		}
		found = append(found, moduleArrows(t, m, module, place)...)
	}
	for _, source := range t.Sources {
		if place, known := m.place(source.Module); known {
			found = append(found, importArrows(t, m, source, place)...)
		}
	}
	sortFindings(found)
	return found
}

// moduleArrows checks one go.mod: its name, its place in go.work, and its require and replace lists.
func moduleArrows(t *Tree, m Map, module Module, place Place) []Finding {
	var found []Finding
	report := func(line *modfile.Line, format string, args ...any) {
		finding := Finding{File: module.Dir + "/go.mod", Text: fmt.Sprintf(format, args...)}
		if line != nil {
			finding.Line = line.Start.Line
		}
		found = append(found, finding)
	}
	if want := m.Prefix + module.Dir; module.File.Module.Mod.Path != want {
		report(module.File.Module.Syntax, "the module is called %s; name it after its folder, %s",
			module.File.Module.Mod.Path, want)
	}
	if tool := strings.HasPrefix(module.Dir, "tools/"); tool == t.used(module.Dir) {
		report(nil, "go.work must list every module but the tools, which it must not list")
	}
	replaced := map[string]bool{}
	for _, r := range module.File.Replace {
		dir, ours := m.dir(r.Old.Path)
		switch {
		case !ours:
			report(r.Syntax, "only modules of this repository may be replaced, not %s", r.Old.Path)
		case !place.may(dir):
			report(r.Syntax, "%s may not name %s: %s", module.Dir, dir, place.Instead)
		case path.Join(module.Dir, r.New.Path) != dir || r.New.Version != "":
			report(r.Syntax, "replace %s by its own folder, not by %s", dir, r.New)
		}
		replaced[r.Old.Path] = true
	}
	for _, r := range module.File.Require {
		dir, ours := m.dir(r.Mod.Path)
		switch {
		case ours && !place.may(dir):
			report(r.Syntax, "%s may not name %s: %s", module.Dir, dir, place.Instead)
		case ours && !replaced[r.Mod.Path]:
			report(r.Syntax, "%s is required but not replaced by its folder, so GOWORK=off cannot find it", dir)
		}
	}
	return found
}

// importArrows checks the imports of one file.
func importArrows(t *Tree, m Map, source Source, place Place) []Finding {
	var found []Finding
	for _, imported := range source.Imports {
		name, ours := m.dir(imported.Path)
		if !ours {
			continue
		}
		dir := t.moduleOf(name + "/")
		var text string
		switch {
		case dir == source.Module && dir != "":
			continue
		case dir == "":
			text = fmt.Sprintf("%s lies in no module of this repository", imported.Path)
		case !place.may(dir):
			text = fmt.Sprintf("%s may not import %s: %s", source.Module, dir, place.Instead)
		case !place.admits(dir, name) && !strings.HasSuffix(source.Path, "_test.go"):
			text = fmt.Sprintf("%s may import only %s of %s: %s",
				source.Module, strings.Join(place.Only[dir], " and "), dir, place.Instead)
		default:
			continue
		}
		found = append(found, Finding{File: source.Path, Line: imported.Line, Text: text})
	}
	return found
}

// admits reports whether Only permits the package called name, of the module in dir.
func (p Place) admits(dir, name string) bool {
	only, narrowed := p.Only[dir]
	if !narrowed {
		return true
	}
	return slices.ContainsFunc(only, func(below string) bool {
		return strings.HasPrefix(name+"/", dir+"/"+below+"/")
	})
}

func sortFindings(found []Finding) {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
}
