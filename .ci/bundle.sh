#!/usr/bin/env bash
# The programs of the pages: bundle.sh [--write]. Checks that viewer/bundle and serve/static of app/kasf_demo are what the sources in
# viewer/web and serve/web build with the versions of the lock files; --write puts the results there. Needs node >= 18 with npm (Debian's
# nodejs and npm will do) and the npm registry; takes about 20 s. Nothing is installed in the repository, and no package's install script
# is run.
set -euo pipefail
app=$(cd "$(dirname "$0")/../app/kasf_demo" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
check() { # PACKAGE BUILT [--write]: the folder BUILT of PACKAGE is what its web/ builds
  local package=$app/$1 built=$2 copy=$work/$1
  mkdir "$copy" "$copy/web"
  (cd "$package/web" && cp -r src build.mjs package.json package-lock.json tsconfig.json "$copy/web")
  cd "$copy/web"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  npm run --silent check
  npm run --silent build -- "$copy/built"
  if [ "${3:-}" = --write ]; then
    rm -rf "${package:?}/$built"
    cp -r "$copy/built" "$package/$built"
  fi
  if diff -rq "$package/$built" "$copy/built"; then
    echo "$1/$built is what $1/web builds"
  else
    echo "FAIL  $1/$built is not what $1/web builds: run .ci/bundle.sh --write and commit" >&2
    failed=1
  fi
}
check viewer bundle "$@"
check serve static "$@"
exit $failed
