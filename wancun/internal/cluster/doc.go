// Package cluster runs the suite on one machine as a cluster: PostgreSQL, Redis, a token issuer, and several replicas
// of every service and the gateway. The replicas are processes of the wancun binary on free loopback ports, with mTLS
// between them. The command wancun-cluster starts it, for developers and tests; k8s/ describes a deployment.
//
// Guarantees: Close stops every started process, by its process id; on Linux they also end if this process is killed. A
// process or server that ends by itself is reported and, if requested, restarted on the same addresses. All files are
// in one directory, from which the cluster can be started again.
package cluster
