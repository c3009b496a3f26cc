#!/usr/bin/env bash
# The page's program: bundle.sh [--write]. Checks that app/kasf_demo/viewer/bundle is what the sources in viewer/web build with the versions of
# the lock file; --write puts the result there. Needs node >= 18 with npm (Debian's nodejs and npm will do) and the npm registry; takes
# about 15 s. Nothing is installed in the repository, and no package's install script is run.
set -euo pipefail
viewer=$(cd "$(dirname "$0")/../app/kasf_demo/viewer" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/web"
(cd "$viewer/web" && cp -r src build.mjs package.json package-lock.json tsconfig.json "$work/web")
cd "$work/web"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent check
npm run --silent build -- "$work/bundle"
if [ "${1:-}" = --write ]; then
  mkdir -p "$viewer/bundle"
  cp "$work"/bundle/* "$viewer/bundle/"
fi
if ! diff -rq "$viewer/bundle" "$work/bundle"; then
  echo "FAIL  viewer/bundle is not what viewer/web builds: run .ci/bundle.sh --write and commit" >&2
  exit 1
fi
echo "viewer/bundle is what viewer/web builds"
