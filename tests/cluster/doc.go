// Package cluster tells what an operator of the cluster relies on: the same answers as one process gives, nothing lost when
// processes or servers are killed or replaced, and certificates that decide who may connect. Everything runs as it would in
// production, as processes of the real binaries.
//
// Most stories look at one cluster, which is started by the first of them and stopped after the last. It belongs to whoever
// looks: a story may kill and replace its processes and servers and must wait until they are back, and what it writes must
// not show in the campaign's figures.
package cluster
