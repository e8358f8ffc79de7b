#!/usr/bin/env bash
# resource.sh BUF: writes two resources with `make resource` into a copy of the tree, one of them within another resource,
# and runs the tests that find them there.
set -euo pipefail

copy=$(mktemp -d .bin/resource.XXXXXX)
trap 'rm -rf "$OLDPWD/$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -c -T - | tar -x -C "$copy"
mkdir "$copy/.bin"
find .bin -maxdepth 1 -type f -exec ln {} "$copy/.bin/" \;
cd "$copy"

make resource SERVICE=org NAME=ExampleBody PARENT=organizations ZH=示例机构 END=close
make resource SERVICE=village NAME=Example
"$1" lint
"$1" format -d --exit-code proto
unformatted=$(gofmt -l services gateway tests)
[ -z "$unformatted" ] || { echo "not formatted: $unformatted"; exit 1; }
# No test server runs during the checks, so the tests use SQLite alone.
unset CI
go vet ./services/org/... ./services/village/... ./gateway ./tests/world
go test ./services/org/... ./services/village/... ./tests/contract
go test -run 'Policy|DoesNotExist' ./tests/access ./tests/input
