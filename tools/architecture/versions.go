package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Versions returns the dependencies that modules require in different versions. Without differences, a module built
// alone uses the versions that the suite is tested with. It also returns the modules of go.work with a different Go
// version.
func Versions(t *Tree, m Map) []Finding {
	var found []Finding
	asked := askedVersions(t, m)
	for _, dependency := range slices.Sorted(maps.Keys(asked)) {
		by := asked[dependency]
		if len(by) < 2 {
			continue
		}
		versions := slices.SortedFunc(maps.Keys(by), semver.Compare)
		newest := versions[len(versions)-1]
		for _, version := range versions[:len(versions)-1] {
			for _, module := range by[version] {
				found = append(found, Finding{File: module + "/go.mod", Text: fmt.Sprintf(
					"asks for %s %s, but %s for %s: make fix raises it",
					dependency, version, strings.Join(by[newest], ", "), newest)})
			}
		}
	}
	for _, module := range t.Modules {
		if t.used(module.Dir) && module.File.Go.Version != t.Work.Go.Version {
			found = append(found, Finding{File: module.Dir + "/go.mod", Line: module.File.Go.Syntax.Start.Line,
				Text: fmt.Sprintf("is written for go %s, go.work for go %s: write the same in both",
					module.File.Go.Version, t.Work.Go.Version)})
		}
	}
	sortFindings(found)
	return found
}

// askedVersions returns, for each dependency outside the suite and each of its versions, the modules that require it.
func askedVersions(t *Tree, m Map) map[string]map[string][]string {
	asked := map[string]map[string][]string{}
	for _, module := range t.Modules {
		if place, _ := m.place(module.Dir); place.Apart {
			continue
		}
		for _, r := range module.File.Require {
			if _, ours := m.dir(r.Mod.Path); ours {
				continue
			}
			if asked[r.Mod.Path] == nil {
				asked[r.Mod.Path] = map[string][]string{}
			}
			asked[r.Mod.Path][r.Mod.Version] = append(asked[r.Mod.Path][r.Mod.Version], module.Dir)
		}
	}
	return asked
}

// Align raises every dependency to its highest version in each module that requires it, and writes the go.mod files
// below root. The new versions may require newer versions of other dependencies: run go mod tidy in each module and
// Align again, until Versions finds nothing.
func Align(root string, t *Tree, m Map) error {
	asked := askedVersions(t, m)
	for _, module := range t.Modules {
		if place, _ := m.place(module.Dir); place.Apart {
			continue
		}
		raised, err := raise(module.File, asked)
		if err != nil {
			return fmt.Errorf("align %s: %w", module.Dir, err)
		}
		if !raised {
			continue
		}
		text, err := module.File.Format()
		if err != nil {
			return fmt.Errorf("format go.mod of %s: %w", module.Dir, err)
		}
		if err := os.WriteFile(filepath.Join(root, module.Dir, "go.mod"), text, 0o644); err != nil {
			return fmt.Errorf("align %s: %w", module.Dir, err)
		}
	}
	return nil
}

// raise sets every dependency of one go.mod to its highest version, and reports whether it changed the file.
func raise(file *modfile.File, asked map[string]map[string][]string) (bool, error) {
	raised := false
	for _, r := range file.Require {
		versions := slices.Collect(maps.Keys(asked[r.Mod.Path]))
		if len(versions) < 2 {
			continue
		}
		newest := slices.MaxFunc(versions, semver.Compare)
		if newest == r.Mod.Version {
			continue
		}
		if err := file.AddRequire(r.Mod.Path, newest); err != nil {
			return false, fmt.Errorf("raise %s: %w", r.Mod.Path, err)
		}
		raised = true
	}
	return raised, nil
}
