// Package k8sverify puts the manifests in k8s/ before a real API server: kube-apiserver and kubectl of one release, built
// from their Go modules, on a real etcd, on loopback and in a temporary folder. What only the API server's defaulting,
// validation and admission know, whether a selector fits, a limit holds, a version is still served, a Pod Security level is
// kept, is asked there; nothing is left behind. It takes minutes to build, so it is not part of `make test`; see verify.sh.
package k8sverify
