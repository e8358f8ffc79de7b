#!/usr/bin/env bash
# console.sh [--install] build|check: builds the console from web/ into gateway/console/dist, or checks its sources.
#
# build does nothing if the sources and the OpenAPI document are those of the last build. check runs the types, the
# linter and the unit tests. Both need Node 20 or newer with npm. With --install, as root, they are installed with
# apt-get if they are missing. Otherwise build leaves the console as it is, and the gateway serves a page that says what
# to run; with CI=true it fails instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { echo "console: $*" >&2; }

install=''
if [ "$1" = --install ]; then
	install=yes
	shift
fi
built=gateway/console/dist/index.html
mkdir -p .bin
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Several make may run at once: one build at a time.
exec 9>.bin/console.lock
flock 9

fitting() {
	command -v npm >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null
}

install_node() {
	[ -n "$install" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	say "installing Node with apt-get"
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nodejs npm; } >"$log" 2>&1 ||
		{ tail -n 5 "$log" >&2; return 1; }
	fitting
}

# hash FILE...: a hash of the names and contents of files.
hash() { sha256sum "$@" | sha256sum | cut -d ' ' -f 1; }

# source_hash prints the hash of everything that the build reads.
source_hash() {
	local files
	mapfile -t files < <(find web -name node_modules -prune -o -path web/src/contract/generated -prune -o -type f -print | LC_ALL=C sort)
	hash gateway/openapi/openapi.json "${files[@]}"
}

# packages installs the packages of the lock file, unless they are there.
packages() {
	local wanted
	wanted=$(hash web/package.json web/package-lock.json)
	[ "$(cat web/node_modules/.wancun 2>/dev/null)" != "$wanted" ] || return 0
	say "installing its packages"
	npm --prefix web ci --no-progress >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
	echo "$wanted" >web/node_modules/.wancun
}

sources=$(source_hash)
if [ "$1" = build ] && [ -e $built ] && [ -e web/node_modules/.wancun ] && [ "$(cat .bin/console.sources 2>/dev/null)" = "$sources" ]; then
	exit
fi
if ! fitting && ! install_node; then
	[ "${CI:-}" != true ] || { say "Node 20 or newer with npm is needed, and CI=true asks for it"; exit 1; }
	if [ "$1" = check ]; then
		echo "skipped: Node 20 or newer with npm is not installed"
	elif [ -e $built ]; then
		say "Node 20 or newer with npm is not installed; the console stays as it was built before"
	else
		say "Node 20 or newer with npm is not installed; the console is not built"
	fi
	exit
fi
packages
npm --prefix web run --silent contract
case $1 in
build)
	say "building"
	npm --prefix web run --silent build >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
	echo "$sources" >.bin/console.sources
	;;
check)
	npm --prefix web run --silent types
	npm --prefix web run --silent lint
	npm --prefix web run --silent test
	;;
esac
