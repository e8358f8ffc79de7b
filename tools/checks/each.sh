#!/usr/bin/env bash
# each.sh MODULES COMMAND [ARG...]: runs a command in the folder of each module, without go.work.
#
# MODULES is one argument, separated by spaces. The command runs in all of them; the output of a failure is printed
# under the name of its module.
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
