#!/usr/bin/env bash
# vuln.sh GOVULNCHECK DATABASE PACKAGE...: checks all code that the packages of the workspace reach against a Go
# vulnerability database on disk, a .tgz with index/ and ID/. Without the database the check is skipped: govulncheck's
# default database comes from the network, and a check must have the same result everywhere.
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
# govulncheck must run in the folder of some module, even to check a whole workspace.
"$PWD/$govulncheck" -C "${1%/...}" -db "file://${index%/index/db.json}" "${@/#./$PWD}"
