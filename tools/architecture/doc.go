// Command architecture checks the source tree against the map of the suite: the dependencies between modules, one version
// of each external dependency, and the lengths of files.
//
//	architecture arrows   ROOT   every import, require and replace follows the map
//	architecture versions ROOT   every module requires the same version of a dependency
//	architecture length   ROOT   no hand-written Go or proto file is longer than the limit
//	architecture align    ROOT   raise each dependency to its highest version everywhere (then run go mod tidy)
//
// A check prints one line for each finding, as file:line: the violation and its remedy, and exits with code 1 if there
// are any. It compiles nothing, so it also works on a tree that does not compile. The map is in map.go.
package main
