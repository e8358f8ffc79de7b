#!/usr/bin/env bash
# generated.sh MAKE: generates everything again in a temporary folder and compares.
set -euo pipefail

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

"$1" gen OUT="$fresh"

failed=0
diff -rq "$fresh/proto/gen" proto/gen || failed=1
cmp "$fresh/gateway/openapi/openapi.json" gateway/openapi/openapi.json || failed=1
cmp "$fresh/docs/states.md" docs/states.md || failed=1
exit $failed
