#!/usr/bin/env bash
# run.sh GOTESTSUM [ARG...]: runs go test with a line for each package, all failures in full, and the skipped tests
# last.
set -uo pipefail

gotestsum=$1
shift
events=$(mktemp)
trap 'rm -f "$events"' EXIT

"$gotestsum" --format pkgname --format-hide-empty-pkg --hide-summary output --jsonfile "$events" -- "$@"
status=$?

skipped=$(sed -n 's/.*"Action":"skip".*"Test":"\([^"]*\)".*/\1/p' "$events" | sort -u)
count=$(grep -c . <<<"$skipped")
if [ "$count" = 0 ]; then
	echo "skipped: nothing"
elif [ -n "${WANCUN_TEST_MISSING:-}" ]; then
	echo "skipped: $count tests, because $WANCUN_TEST_MISSING"
else
	echo "skipped: $count tests: $(paste -sd ' ' <<<"$skipped")"
fi
exit $status
