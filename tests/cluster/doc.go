// Package cluster tells what an operator of the cluster relies on: the same answers as one process gives, nothing lost
// when processes are killed or replaced, and certificates that decide who may connect. Everything runs as it would in
// production, as processes of the real binaries.
//
// The stories start a dozen processes and take minutes: go test -tags cluster ./tests/cluster, with WANCUN_TEST_POSTGRES
// and WANCUN_TEST_REDIS set.
package cluster
