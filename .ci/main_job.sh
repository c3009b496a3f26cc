#!/usr/bin/env bash
# The main job as a user runs it: main_job.sh ROOT OUT. On the clip in the repository with the detector that needs no download, and,
# where ../shared lies beside the checkout, on real clips with both detectors, each result checked from outside.
set -euo pipefail
root=$1 out=$2 shared=$1/../shared
mkdir -p "$out"
kasf-demo doctor
kasf-demo "$root/demo_videos/soccer_kick.mp4" --out "$out/kick.mp4" --offline
ls -l "$out"
test -s "$out/kick.mp4" && test -s "$out/kick.csv" && test -s "$out/kick.json"
if [ ! -d "$shared" ]; then
  echo "SKIPPED: no ../shared, so no real clips"
  exit 0
fi
python "$shared/checks/check_result.py" "$root/demo_videos/soccer_kick.mp4" "$out/kick.mp4"
yolo=$shared/weights/yolov8n-pose_int8_openvino_model
kasf-demo "$shared/videos/skating_720p.mp4" --detector yolo --detector-weights "$yolo" --out "$out/skating.mp4" --offline
python "$shared/checks/check_result.py" "$shared/videos/skating_720p.mp4" "$out/skating.mp4"
kasf-demo "$shared/videos/two_people_walk.mp4" --athlete all --detector-weights "$yolo" --detector yolo --out "$out/two.mp4" --offline
python "$shared/checks/check_result.py" "$shared/videos/two_people_walk.mp4" "$out/two.mp4"
kasf-demo "$shared/videos/soccer_freekick_side.mp4" --detector mediapipe --out "$out/side.mp4" --offline --no-video
python "$shared/checks/check_result.py" "$shared/videos/soccer_freekick_side.mp4" "$out/side.mp4" --no-video
