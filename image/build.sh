#!/usr/bin/env bash
# build.sh [ARCHIVE]: builds the image of the suite as an OCI archive (default .bin/image/wancun.tar) and prints its
# digest.
#
# The image contains one program, wancun, with links to it for org, village, action, report and gateway: called by one
# of these names, wancun is that process. Separate programs would share most of their code. The same commit results in
# the same digest on any machine and in any folder: the programs are built without paths and without cgo, every file has
# the time of the commit, and nothing comes from this machine. VERSION is the version; by default git's description of
# the commit. ARCH is amd64 or arm64; by default this machine's.
#
#   image/build.sh
#   skopeo copy --preserve-digests oci-archive:.bin/image/wancun.tar docker://registry.example.org/wancun:1.2.3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

archive=$(realpath -m "${1:-.bin/image/wancun.tar}")
version=${VERSION:-$(git describe --tags --always --dirty)}
born=$(git log -1 --format=%ct)
export GOARCH=${ARCH:-$(go env GOHOSTARCH)} GOOS=linux CGO_ENABLED=0

command -v buildah >/dev/null || { echo "build.sh: buildah is needed (apt-get install buildah)" >&2; exit 1; }
here=$(mktemp -d "${TMPDIR:-/tmp}/wancun-image.XXXXXX")
# A separate storage, which leaves nothing in the machine's and does not depend on its content.
storage=(--storage-driver vfs --root "$here/storage" --runroot "$here/run")
trap 'chmod -R u+w "$here"; rm -rf "$here"' EXIT

# Fixes the modes in the image, whatever the user's umask is.
umask 022
root=$here/context/rootfs
mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs"
install -d -m 1777 "$root/tmp" # a tmpfs is mounted here; a runtime may take its mode from this directory

tools/web/console.sh build
# timetzdata: time zones without files. -s -w: no symbols; stack traces still have names and lines. The version is
# passed explicitly, because Go's own VCS stamp is missing in an exported tree.
go build -trimpath -tags timetzdata -buildvcs=false -o "$root/usr/local/bin/wancun" \
	-ldflags "-s -w -X github.com/wancun/wancun/platform/process.version=$version" ./wancun/cmd/wancun
for name in org village action report gateway; do
	ln -s wancun "$root/usr/local/bin/$name"
done
GOWORK=off GOARCH= go -C tools/caroots run . >"$root/etc/ssl/certs/ca-certificates.crt"

buildah "${storage[@]}" bud --isolation chroot --arch "$GOARCH" --timestamp "$born" --quiet \
	--label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$(git rev-parse HEAD)" \
	-f image/Dockerfile -t wancun "$here/context" >/dev/null
mkdir -p "$(dirname "$archive")"
rm -f "$archive"
buildah "${storage[@]}" push --quiet --digestfile "$here/digest" wancun "oci-archive:$archive" >/dev/null
cat "$here/digest"
echo
