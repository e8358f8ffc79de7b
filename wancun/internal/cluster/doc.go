// Package cluster runs the suite on one machine as a cluster runs it: PostgreSQL, Redis, an issuer of tokens, and several
// replicas of every service and the gateway, each a real process of the wancun binary, on free ports of the loopback and with
// certificates between them. It is what wancun-cluster starts, for developers and for tests; k8s/ describes a
// deployment.
//
// What may be relied on: everything that was started is stopped by Close, by its process id, and on Linux also if this
// process is killed. A process that ends by itself, a server too, is reported and, if asked for, started again on the same
// addresses. Everything is kept in one directory, from which the cluster can be started again.
package cluster
