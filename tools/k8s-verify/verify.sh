#!/usr/bin/env bash
# verify.sh [ARG...]: builds a real API server, applies the overlays to it, and checks that it refuses broken twins (go
# test ARG...).
#
# The first build takes minutes (about 2,000 packages). The programs stay in .bin/k8s until their versions change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

bin=$(realpath -m ../../.bin/k8s)
export GOWORK=off CGO_ENABLED=0
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
stamp=$bin/$version-$(go env GOVERSION)-$(sha256sum go.sum | head -c 12)

if [ ! -e "$stamp" ]; then
	echo "k8s-verify: building the API server $version (minutes the first time)" >&2
	mkdir -p "$bin"
	rm -f "$bin"/v*
	# kubectl reads the server's version and must be able to parse it.
	build() { go build -trimpath -buildvcs=false -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" -o "$bin/$1" "$2"; }
	build etcd go.etcd.io/etcd/server/v3
	build kubectl k8s.io/kubernetes/cmd/kubectl
	build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
	touch "$stamp"
fi
WANCUN_K8S_BIN=$bin exec go test -count=1 "$@" .
