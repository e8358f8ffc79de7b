// Command architecture holds the source tree to the map of the suite: which module may name which, one version of each
// dependency, and files short enough to read.
//
//	architecture arrows   ROOT   every import, require and replace follows the map
//	architecture versions ROOT   every module asks for the same version of a dependency
//	architecture length   ROOT   no hand-written Go or proto file is past its limit
//	architecture align    ROOT   raise each dependency to its highest version everywhere (then run go mod tidy)
//
// A check prints one line per finding, as file:line: what is wrong and what to do, and exits 1 if there is any. Nothing
// is compiled: the tree may be broken in any other way and the answer is the same. The map itself is in map.go.
package main
