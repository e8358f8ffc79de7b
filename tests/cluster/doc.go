// Package cluster tests the guarantees for an operator of the cluster: it gives the same answers as one process,
// nothing is lost when processes or servers are killed or replaced, and certificates determine who may connect.
// Everything runs as in production, as processes of the real binaries.
//
// Most tests share one cluster. The first of them starts it, and it is stopped after the last. A test may kill and
// replace its processes and servers, but must wait until they are ready again, and its writes must not change the
// campaign's figures.
package cluster
