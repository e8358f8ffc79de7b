// Package cluster tells what an operator of the cluster relies on: the same answers as one process gives, nothing lost
// when processes are killed or replaced, and certificates that decide who may connect. Everything runs as it would in
// production, as processes of the real binaries.
package cluster
