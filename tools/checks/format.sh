#!/usr/bin/env bash
# format.sh BUF FOLDER...: fails and lists the files if a Go file below the folders, or a proto of ours, is not
# formatted.
set -uo pipefail

buf=$1
shift
failed=0
gofmt -l "$@" | grep . && failed=1
"$buf" format proto --diff --exit-code || failed=1
exit $failed
