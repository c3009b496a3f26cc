#!/usr/bin/env bash
# The fault runs in a few minutes, for CI. The long ones, and what they found: README, Faults.
set -euo pipefail
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1
for run in "kill_resume.py --kills 2 --clips 4" "fuzz.py --videos 20 --checkpoints 6" "disk_full.py --steps 3" "sandbox.py" \
  "long_clip.py --frames 4000 --no-video --people 0" "bad_inputs.py --only B001,B003,B004,B012,B019,B040,B057,B070,B079,B082,B087,B097"; do
  printf '%s: ' "$run"
  # shellcheck disable=SC2086
  python $run 2>/dev/null | tr -d ' \n' | cut -c1-1000
  echo
done
