#!/usr/bin/env bash
# vuln.sh GOVULNCHECK DATABASE PACKAGE...: asks a Go vulnerability database on disk, a .tgz with index/ and ID/, about
# everything the packages of the workspace reach. Without the database there is nothing to ask: govulncheck's own is
# fetched from the network, and a check must give the same answer everywhere.
set -euo pipefail

govulncheck=$1 database=$2
shift 2
if [ ! -r "$database" ]; then
	echo "skipped: there is no vulnerability database at $database"
	exit 0
fi
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
tar -xzf "$database" -C "$unpacked"
index=$(find "$unpacked" -path '*/index/db.json')
# It wants to stand in a module, any of them, also to look at a whole workspace.
"$PWD/$govulncheck" -C "${1%/...}" -db "file://${index%/index/db.json}" "${@/#./$PWD}"
