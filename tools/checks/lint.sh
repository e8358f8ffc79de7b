#!/usr/bin/env bash
# lint.sh LINTER PACKAGES TOOLS [ARG...]: runs golangci-lint on the packages of the workspace in one run, then on each
# of our tools. PACKAGES and TOOLS are one argument each, separated by spaces. Each run gets all ARGs.
set -uo pipefail

linter=$PWD/$1 packages=$2 tools=$3
shift 3
config=$PWD/.golangci.yml
failed=0
# shellcheck disable=SC2086 # The packages are several words.
"$linter" run --config "$config" --allow-parallel-runners "$@" $packages || failed=1
for tool in $tools; do
	(cd "$tool" && GOWORK=off "$linter" run --config "$config" --allow-parallel-runners "$@" ./...) || failed=1
done
exit $failed
