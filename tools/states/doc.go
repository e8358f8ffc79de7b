// Command states writes docs/states.md: the state machine of each resource that has one, as a diagram and a table.
//
//	buf build proto --as-file-descriptor-set -o - | states > docs/states.md
//
// It reads a FileDescriptorSet, in which the machines are the transition options of the methods. An option that belongs
// to no machine is an error. The same protos result in the same bytes.
package main
