#!/usr/bin/env bash
# The small open networks of every architecture, and the table that compares them; from the repository's root:
#     benchmarks/train_small_lifters.sh scratch|taught CORPUS HELDOUT OUT [CPU_SECONDS]
# scratch: every architecture and KASportsFormer without each of its branches, from nothing, the same processor time each.
# taught:  MotionAGFormer, MotionBERT and D3DP from kasf-open-s's layers, with it as their teacher: what is shipped.
# One after the other, one thread each. Every run goes on where it stopped when the same line is given again; CPU_SECONDS
# (default 1500) is the budget of each, in processor time, so that other work on the machine costs wall time only.
set -euo pipefail
stage=$1 corpus=$2 heldout=$3 out=$4 budget=${5:-1500}
export PYTHONPATH=$PWD/models OMP_NUM_THREADS=1
ONLY=${ONLY:+--only $ONLY} # ONLY=FILE: of the corpus the motions that the file names
START=${START:-weights/kasf-open-s.safetensors}
SMALL=${SMALL:---layers 4 --dim 32 --dim-rep 128}
SIZE_AGF=${SIZE_AGF:---layers 6 --dim 32 --dim-rep 128} SIZE_MB=${SIZE_MB:---layers 6 --dim 32 --dim-rep 128}
SIZE_D3DP=${SIZE_D3DP:---layers 8 --dim 48 --mlp-ratio 2}
varied="--augment tumble=0.08 climb=0.08 arms_up=0.06 turn_limb=0.10 mix_limbs=0.10 lean=0.12"
varied="$varied --camera low=0.12 lowest_deg=-40 frontal=0.35"
mkdir -p "$out"

train() { # NAME more...
  local run=$out/$1
  shift
  python3 -m kasportsformer.training train --corpus "$corpus" $ONLY --run "$run" --batch 8 --warmup 20 --ema 0.98 --threads 1 \
    --device cpu --budget-cpu-s "$budget" --resume $varied "$@" >>"$run.log" 2>&1
  python3 -m kasportsformer.training evaluate --weights "$run/last.pt" --heldout "$heldout" --device cpu --threads 1 \
    --json "$run.json" >"$run.txt"
  python3 -m kasportsformer.training export --run "$run" --out "$run.safetensors" --meta "name=kasf-open-${run##*/}" >>"$run.log"
  echo "== ${run##*/}"
  grep ' all ' "$run.txt"
}

case $stage in
  scratch)
    nothing="--seed 7 --lr 2e-3"
    train kas $nothing $SMALL --frame-order
    train agf $nothing --architecture motionagformer $SIZE_AGF
    train mb $nothing --architecture motionbert $SIZE_MB
    train d3dp $nothing --architecture d3dp $SIZE_D3DP
    for part in body graph attention; do train "kas-without-$part" $nothing $SMALL --frame-order --without "$part"; done
    train kas-s $nothing --frame-order ;; # the size of kasf-open-s
  taught)
    taught="--seed 9 --optimizer muon --lr 1e-3 --budget-decay 0.7 --from $START --teacher $START"
    train agf-s $taught --architecture motionagformer
    train mb-lite $taught --architecture motionbert
    train d3dp-s $taught --architecture d3dp ;;
  *)
    echo "scratch or taught, not $stage" >&2
    exit 2 ;;
esac
