// Package protodrift holds the protos vendored under third_party/proto to the descriptors that are linked into the
// binaries. The vendored text is what our protos are compiled against and what clients read; the linked descriptors are
// what the servers speak. If they differ, a constraint or a route may mean one thing in the contract and another at
// work. The package has only a test: make check-vendored.
package protodrift
