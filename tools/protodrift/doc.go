// Package protodrift compares the protos vendored under third_party/proto with the descriptors that are linked into the
// binaries. The suite's protos are compiled against the vendored text, which clients read; the servers use the linked
// descriptors. If they differed, a constraint or a route could have one meaning in the contract and another at run
// time. The package contains only a test, which make check-vendored runs.
package protodrift
