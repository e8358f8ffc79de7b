#!/usr/bin/env bash
# generated.sh BUF OPENAPI...: generates everything again in a temporary folder and compares. OPENAPI is the command
# that converts a descriptor set to the OpenAPI document.
set -euo pipefail

buf=$1
shift
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

"$buf" generate --output "$fresh"
"$buf" build proto --as-file-descriptor-set --output - | "$@" >"$fresh/openapi.json"

failed=0
diff -rq "$fresh/proto/gen" proto/gen || failed=1
cmp "$fresh/openapi.json" gateway/openapi/openapi.json || failed=1
exit $failed
