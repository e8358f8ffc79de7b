#!/usr/bin/env bash
# verify.sh: builds the image and tests its guarantees.
#
# It builds the image twice, from two copies of this tree in different folders, and requires the same digest. Then it
# checks the files and starts the image with runc as Kubernetes would: uid 65532, read-only root, no capabilities, no
# network. As root it installs missing tools (buildah, skopeo, umoci, runc, jq) with apt-get.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

max_program_mb=60 # of the unpacked program
max_image_mb=40   # compressed, as a node pulls it

here=$(mktemp -d "${TMPDIR:-/tmp}/wancun-image-verify.XXXXXX")
trap 'rm -rf "$here"' EXIT

say() { printf 'image: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }

install_missing() {
	local missing=()
	for tool in buildah skopeo umoci runc jq; do
		command -v $tool >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} != 0 ] || return 0
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "install ${missing[*]} first"
	say "installing ${missing[*]} with apt-get"
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
		>"$here/apt" 2>&1 || { tail -n 5 "$here/apt" >&2; fail "apt-get could not install them"; }
}

# copy FOLDER: copies this tree in its current state with its history, but without build results.
copy() {
	git clone --quiet --no-checkout . "$1"
	git -C "$1" reset --quiet # the index of the last commit; the next line copies the current files
	tar -c --exclude=./.git --exclude=./.bin --exclude=./bin . | tar -x -C "$1"
}

# run WHAT SECONDS ARG...: starts the image as Kubernetes would. The output is written to a file called WHAT.
run() {
	local what=$1 seconds=$2
	shift 2
	jq --argjson args "$(jq -cn '$ARGS.positional' --args -- "$@")" '
		.process.args = $args | .process.terminal = false | .process.noNewPrivileges = true
		| .process.capabilities = {} | .root.readonly = true
		| .mounts = [
			{destination: "/proc", type: "proc", source: "proc"},
			{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]},
			{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777", "size=96m"]}]
		| .linux.namespaces = [{type: "pid"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}, {type: "network"}]
		| del(.linux.resources, .hooks)' "$here/bundle/umoci.json" >"$here/bundle/config.json"
	timeout "$seconds" runc --root "$here/runc" run --bundle "$here/bundle" "wancun-$what-$$" </dev/null >"$here/$what" 2>&1
}

# refused WHAT TEXT ARG...: fails if the image starts, or if its output lacks TEXT.
refused() {
	local what=$1 text=$2
	shift 2
	! run "$what" 30 "$@" || fail "$what: it succeeded"
	grep -qi "$text" "$here/$what" || { cat "$here/$what"; fail "$what: it does not say \"$text\""; }
	say "refused  $what: $(grep -i -m 1 "$text" "$here/$what")"
}

install_missing

copy "$here/one"
mkdir -p "$here/somewhere/else"
cp -a "$here/one" "$here/somewhere/else/two"
first=$("$here/one/image/build.sh" "$here/one.tar")
second=$("$here/somewhere/else/two/image/build.sh" "$here/two.tar")
[ "$first" = "$second" ] || fail "two builds differ: $first and $second"
say "digest   $first, twice"

skopeo copy --quiet "oci-archive:$here/one.tar" "oci:$here/layout:wancun"
config=$(skopeo inspect --config "oci:$here/layout:wancun")
[ "$(jq -r .config.User <<<"$config")" = 65532:65532 ] || fail "the image runs as $(jq -r .config.User <<<"$config")"
size=$((($(jq '[.layers[].size] | add' <<<"$(skopeo inspect --raw "oci:$here/layout:wancun")") + 999999) / 1000000))
[ "$size" -le $max_image_mb ] || fail "the image has $size MB compressed, the limit is $max_image_mb"
say "size     $size MB compressed (limit $max_image_mb)"

umoci unpack --image "$here/layout:wancun" "$here/bundle" >/dev/null 2>&1
mv "$here/bundle/config.json" "$here/bundle/umoci.json"
[ "$(jq -c '[.process.user.uid, .process.user.gid]' "$here/bundle/umoci.json")" = '[65532,65532]' ] || fail "not started as 65532"

# The image must contain exactly these files and links.
bin=$here/bundle/rootfs/usr/local/bin
files=$(cd "$here/bundle/rootfs" && find . ! -type d \( -type l -printf '%p>%l\n' -o -print \) | sort | paste -sd ' ')
want="./etc/ssl/certs/ca-certificates.crt"
for name in action gateway org report village; do
	want+=" ./usr/local/bin/$name>wancun"
done
want+=" ./usr/local/bin/wancun"
[ "$files" = "$want" ] || fail "the files are $files; want $want"
go version -m "$bin/wancun" >"$here/settings"
for setting in CGO_ENABLED=0 -trimpath=true -tags=timetzdata; do
	grep -q -- "$setting" "$here/settings" || fail "wancun was not built with $setting"
done
mb=$((($(stat -c %s "$bin/wancun") + 999999) / 1000000))
[ $mb -le $max_program_mb ] || fail "wancun has $mb MB, the limit is $max_program_mb"
say "program  wancun, $mb MB"
[ -z "$(find "$here/bundle/rootfs" -type f -perm /6022)" ] || fail "a file may be written by others, or raises its user"

# Under each name it must be that program, in this version.
version=$(jq -r '.config.Labels["org.opencontainers.image.version"]' <<<"$config")
for name in wancun org village action report gateway; do
	run "$name" 30 "/usr/local/bin/$name" --help || { cat "$here/$name"; fail "$name does not start"; }
	grep -q "^Usage: $name" "$here/$name" || { cat "$here/$name"; fail "$name is some other program"; }
	run "$name-version" 30 "/usr/local/bin/$name" --version || { cat "$here/$name-version"; fail "$name --version"; }
	grep -q "^$name $version " "$here/$name-version" || fail "$name is $(cat "$here/$name-version"); want $version"
	say "started  $(cat "$here/$name-version")"
done
for name in org village action report; do
	run "$name-migrate" 30 "/usr/local/bin/$name" migrate "--database-url=sqlite:///tmp/$name.db" ||
		{ cat "$here/$name-migrate"; fail "$name migrate"; }
done
say "started  migrate, of each service"
run demo 300 /usr/local/bin/wancun demo --lang en || { tail -n 20 "$here/demo"; fail "wancun demo"; }
bulletin=$(grep -m 1 ': bulletin' "$here/demo") || { tail -n 20 "$here/demo"; fail "wancun demo prints no bulletin"; }
say "started  wancun demo: $bulletin"

# The restrictions must be in effect: these commands violate them.
refused read-only 'read-only file system' /usr/local/bin/wancun up --data=/data
refused no-capability 'permission denied' /usr/local/bin/wancun up --data=/tmp/data --http=127.0.0.1:80
say "ok"
