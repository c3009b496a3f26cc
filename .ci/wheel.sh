#!/usr/bin/env bash
# Runs the commands of an installed kasf-demo, each on what the installation itself brings along:
#   .ci/wheel.sh BIN WORK [--quick] [VIEW VIEW]
# BIN is the folder of its `kasf-demo` and `python`, WORK an empty folder, VIEWs two clips of one event. Fails with the first
# command that does. --quick: without the commands of which another one here uses the same files.
set -euo pipefail
bin=$(cd "$1" && pwd) work=$2
shift 2
quick=
[ "${1:-}" = --quick ] && quick=1 && shift
cd "$work"
export KASF_CACHE="$work/cache"
unset PYTHONPATH
kasf() { # CODE ARGUMENTS...: runs the command and expects the exit code
  local code=0 wanted=$1
  shift
  "$bin/kasf-demo" "$@" >command.log 2>&1 || code=$?
  if [ "$code" != "$wanted" ]; then
    cat command.log
    echo "FAIL  exit $code: kasf-demo $*"
    exit 1
  fi
  echo "ok    kasf-demo $*"
}
package=$("$bin/python" -c 'import kasf_demo; print(kasf_demo.__path__[0])')
case $package in *site-packages*) ;; *) echo "FAIL  $package is no installation"; exit 1 ;; esac
demos=$package/_demos

kasf 0 --version
kasf 0 doctor
kasf 0 weights verify kasf-open-s
kasf 0 "$demos/soccer_kick.mp4" --out kick.mp4 --detector mediapipe --html kick.html --plots --report kick.pdf
test -s kick.mp4 && test -s kick.csv && test -s kick.html && test -s kick.pdf
kasf 0 shot kick.json --out shot --clip "$demos/soccer_kick.mp4"
grep -q '"style"' shot/shot.json
mkdir clips && cp "$demos/vertical_jump.mp4" clips/
kasf 0 batch clips --out results --detector mediapipe
test -s results/vertical_jump.csv && test -s results/index.html
kasf 0 assess cmj results/vertical_jump.json --json cmj.json --html cmj.html
kasf 0 eval results/vertical_jump.csv --truth "$demos/vertical_jump.gt.npz"
if [ -z "$quick" ]; then
  kasf 0 weights list
  kasf 0 demo dance_turn --out dance.mp4 --detector mediapipe
  kasf 0 compare kick.json kick.json --html compare.html
  kasf 0 check "$demos/vertical_jump.mp4" --for cmj
  kasf 0 kick.mp4 --out again.mp4 --detector mediapipe --no-video --export npz,trc,bvh,mot,glb,feet
fi
if [ $# = 2 ]; then
  kasf 0 views "$1" "$2" --out session.mp4 --detector mediapipe
  test -s session.csv && test -s session.mp4
fi

if "$bin/python" -c 'import fastapi, uvicorn' 2>/dev/null; then
  "$bin/kasf-demo" serve --port 0 --dir results >serve.log 2>&1 &
  server=$!
  trap 'kill $server 2>/dev/null || true' EXIT
  for _ in $(seq 300); do # until it listens
    address=$(grep -o 'http://[^ ?]*' serve.log | head -1 || true)
    [ -n "$address" ] && "$bin/python" - "$address" 2>/dev/null <<'PY' && break
import sys, urllib.request
host = "/".join(sys.argv[1].split("/")[:3])
for path in ("/api/health", "/", "/api/openapi.json"):
    urllib.request.urlopen(host + path, timeout=5).read()
PY
    kill -0 $server || { cat serve.log; echo "FAIL  serve ended"; exit 1; }
    sleep 0.2
  done
  kill $server
  code=0
  wait $server || code=$?
  [ "$code" = 143 ] || [ "$code" = 0 ] || { cat serve.log; echo "FAIL  serve ended with $code"; exit 1; }
  echo "ok    kasf-demo serve"
fi
echo "all commands run from $package"
