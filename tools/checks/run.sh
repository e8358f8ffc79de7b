#!/usr/bin/env bash
# run.sh NAME ADVICE COMMAND [ARG...]: runs a check and prints its output only if it fails.
#
# On success it prints one line; on failure it prints the command's output and the advice, and fails. If the command
# succeeds and prints a line "skipped: WHY", the line contains WHY.
set -uo pipefail

name=$1 advice=$2
shift 2
start=$EPOCHREALTIME
said=$("$@" 2>&1)
status=$?
tenths=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 100000))
took=$((tenths / 10)).$((tenths % 10))s

if [ $status != 0 ]; then
	printf 'FAIL  %-11s %s\n' "$name" "$took"
	head -n 100 <<<"$said"
	[ "$(wc -l <<<"$said")" -le 100 ] || echo "and more: $(wc -l <<<"$said") lines in all"
	printf '%s: %s\n' "$name" "$advice"
	exit 1
fi
if skipped=$(grep -m 1 '^skipped: ' <<<"$said"); then
	printf 'skip  %-11s %s  %s\n' "$name" "$took" "${skipped#skipped: }"
else
	printf 'ok    %-11s %s\n' "$name" "$took"
fi
