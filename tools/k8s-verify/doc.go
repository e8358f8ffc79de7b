// Package k8sverify tests the manifests in k8s/ with a real API server: kube-apiserver and kubectl of one release,
// built from their Go modules, on a real etcd, on loopback and in a temporary folder. It covers what only the API
// server's defaulting, validation and admission check: selectors, limits, served versions and Pod Security levels. It
// leaves nothing behind. The build takes minutes, so it is not part of `make test`; see verify.sh.
package k8sverify
