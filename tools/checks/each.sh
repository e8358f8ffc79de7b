#!/usr/bin/env bash
# each.sh MODULES COMMAND [ARG...]: runs a command in the folder of each module, as if there were no go.work.
#
# MODULES is one argument, separated by spaces. All of them are tried; what failed is printed under the module's name.
set -uo pipefail

modules=$1
shift
export GOWORK=off
failed=0
for module in $modules; do
	if ! said=$(cd "$module" && "$@" 2>&1); then
		printf '%s: %s\n%s\n' "$module" "$*" "$said"
		failed=1
	fi
done
exit $failed
