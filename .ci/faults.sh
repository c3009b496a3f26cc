#!/usr/bin/env bash
# A short fault run: faults.sh WORKDIR. Every bad file gives its documented exit code and one line, and leaves nothing behind.
set -euo pipefail
dir=$1
root=$(cd "$(dirname "$0")/.." && pwd)
shared=$root/../shared
mkdir -p "$dir/out"
cd "$dir"
failed=0
expect() { # CODE ARGS...: runs kasf-demo with the arguments
  local want=$1 got=0 err
  shift
  err=$(timeout 60 kasf-demo "$@" --offline 2>&1 >/dev/null </dev/null) || got=$?
  local lines
  lines=$(printf '%s\n' "$err" | grep -c '^error: ' || true)
  if [ "$got" != "$want" ] || { [ "$want" != 0 ] && [ "$lines" != 1 ]; } || grep -q Traceback <<<"$err"; then
    printf 'FAIL  exit %s, expected %s: kasf-demo %s\n%s\n' "$got" "$want" "$*" "$err"
    failed=$((failed + 1))
  else
    printf 'ok    exit %s: kasf-demo %s\n' "$got" "$*"
  fi
}
: >zero.mp4
printf 'this is not a video\n%.0s' {1..50} >text.mp4
printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/seg.ts\n#EXT-X-ENDLIST\n' >hls.mp4
mkfifo fifo.mp4
for f in nothere zero text hls fifo; do expect 4 "$f.mp4" --out out/r.mp4; done
expect 2 zero.mp4 --out zero.mp4
expect 2 zero.mp4 --height 20
expect 6 zero.mp4 --out none/r.mp4
good=$root/demo_videos/soccer_kick.mp4
expect 5 "$good" --weights text.mp4 --out out/r.mp4
printf 'not weights' >bad.safetensors
expect 5 "$good" --weights bad.safetensors --out out/r.mp4
if [ -d "$shared/bad_inputs" ]; then
  ffmpeg=$(python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
  FF=$ffmpeg bash "$shared/bad_inputs/make_bad_inputs.sh" "$dir/bad" >made.txt 2>&1 || true
  cd bad
  for f in trunc_nomoov corrupt_moov nokey jpegname audio_only stszbomb frag_trunc hls hlsfile concat dash concatrel loopA dangling isdir; do
    if [ -e "$f.mp4" ] || [ -L "$f.mp4" ]; then expect 4 "$f.mp4" --detector mediapipe --out ../out/r.mp4; else echo "not made: $f"; fi
  done
  for f in f1 f27 f55 odd liedims rot90 hflipmeta anam gray ntsc 'sp ace' 'http:x' 'concat:a' 'pct%03d' '=cmd|calc!A1'; do
    if [ -e "$f.mp4" ]; then expect 0 "./$f.mp4" --detector mediapipe --out ../out/r.mp4 --overwrite; fi
  done
  cd ..
  rm -f out/r.mp4 out/r.csv out/r.json
else
  echo "SKIPPED: no ../shared, so no bad inputs"
fi
left=$(ls -A out)
if [ -n "$left" ]; then echo "FAIL  left behind: $left"; failed=$((failed + 1)); fi
echo "$failed failed"
exit "$((failed > 0))"
