#!/usr/bin/env bash
# run.sh NAME ADVICE COMMAND [ARG...]: runs a check, silent unless it fails.
#
# Prints one line when all is well; else what the command said, and the advice, and fails. If the command prints a line
# "skipped: WHY" and succeeds, that is what the line says.
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
