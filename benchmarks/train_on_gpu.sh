#!/usr/bin/env bash
# Training on a GPU that is lent for minutes, from the repository's root; docs/training.md explains it:
#     benchmarks/train_on_gpu.sh small|large|ablate OUT [SECONDS]
# SECONDS: how long this call may train. Run the same line again to go on: every run lies in $WORK with a checkpoint a minute, and its
# budget (SMALL_S, LARGE_S) counts the seconds of all calls together; the learning rate falls to zero at the budget's end.
# Needs $CORPUS (`python -m kasportsformer.training pack`) and a python3 with torch, numpy and scipy.
#
#     DEVICE=cpu SIZE_SMALL="--layers 1 --dim 16 --dim-rep 16 --num-heads 2 --batch 2" benchmarks/train_on_gpu.sh small OUT 5     # a dry run
#
# Measured on an H100 (torch 2.11, bf16, batch 32): 3 layers x 128 take 9.1 ms of the GPU (a third of it attention), but 35 ms when
# Python starts their 2,800 kernels: hence --graph. Compiling takes 25 s.
set -uo pipefail
stage=$1 out=$2 seconds=${3:-540}
export PYTHONPATH=$PWD/models PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1 TORCHINDUCTOR_CACHE_DIR=${TORCHINDUCTOR_CACHE_DIR:-/tmp/inductor}
WORK=${WORK:-.gpu/runs} CORPUS=${CORPUS:-.gpu/corpus.npz} START=${START:-weights/kasf-open-s.safetensors}
DEVICE=${DEVICE:-cuda} PROCESSES=${PROCESSES:-14}
SMALL_S=${SMALL_S:-700} LARGE_S=${LARGE_S:-1000}
SIZE_SMALL=${SIZE_SMALL:---batch 256}                                          # the size of START
SIZE_FIRST=${SIZE_FIRST:---layers 8 --dim 128 --dim-rep 512 --num-heads 8 --frame-order --batch 256}
SIZE_LARGE=${SIZE_LARGE:---layers 26 --batch 192}                              # FIRST, deepened to the paper's 26 layers
varied="--augment tumble=0.08 climb=0.08 arms_up=0.06 turn_limb=0.10 mix_limbs=0.10 lean=0.12 --camera low=0.12 lowest_deg=-40 frontal=0.35"
fast="--device $DEVICE"
[ "$DEVICE" = cpu ] || fast="$fast --compile --graph --processes $PROCESSES"
mkdir -p "$WORK" "$out"

say() { printf '== %4d s  %s\n' "$SECONDS" "$*"; }
training() { python3 -m kasportsformer.training "$@"; }
left() { echo $((seconds - SECONDS > 5 ? seconds - SECONDS : 5)); }
train() { # NAME BUDGET more...: goes on where NAME stopped; last lines of its output on the screen, exit code of the training
  local name=$1 budget=$2 rc
  shift 2
  training train --corpus "$CORPUS" --run "$WORK/$name" $fast --log-every 20 --save-every 100000 --save-every-s 60 \
    --budget-s "$budget" --stop-after-s "$(left)" --resume "$@" >"$WORK/$name.out" 2>&1
  rc=$?
  say "$name rc $rc"
  tail -n 3 "$WORK/$name.out"
  return $rc
}
spent() { # NAME BUDGET: true when its budget is used up
  python3 - "$WORK/$1/last.pt" "$2" <<'PY'
import sys, torch
sys.exit(torch.load(sys.argv[1], map_location="cpu", weights_only=True)["spent_s"] < float(sys.argv[2]))
PY
}
examine() { training evaluate --heldout "$WORK/heldout.npz" --device "$DEVICE" "$@"; }
publish() { # RUN NAME more...: the running average as it is now, with its curves; whole if small, in parts if not
  local run=$1 name=$2
  shift 2
  training export --run "$WORK/$run" --out "$WORK/$name.safetensors" --meta "name=kasf-open-$name" "$@"
  split -b 15728640 "$WORK/$name.safetensors" "$out/$name.safetensors."
  cp "$WORK/$run/log.csv" "$out/$name.csv"
}
[ -e "$WORK/heldout.npz" ] || training heldout --corpus "$CORPUS" --out "$WORK/heldout.npz"

case $stage in
  ablate) # the small network whole, without bones, without limbs, without both: equal time each
    for parts in none bones limbs "bones limbs"; do
      name="without-${parts// /-}" less=
      [ "$parts" = none ] || less="--without $parts"
      train "$name" $((seconds / 5)) ${SIZE_ABLATE:---batch 64} --lr 1.5e-3 $less $varied
      examine --weights "$WORK/$name/last.pt" --json "$out/$name.json"
    done ;;
  small) # on from the shipped weights
    train small "$SMALL_S" --from "$START" $SIZE_SMALL --optimizer muon --lr 2e-3 --ema 0.9995 --budget-decay 0.6 --seed 11 $varied || exit
    publish small s
    ! spent small "$SMALL_S" || examine --weights "$WORK/s.safetensors" --json "$out/s.json" --plot "$out/s.png" ;;
  large) # few layers first (several times faster a window), then all of them
    first_s=$((LARGE_S * 2 / 5))
    [ -e "$WORK/first/last.pt" ] && spent first "$first_s" ||
      train first "$first_s" $SIZE_FIRST --optimizer muon --lr 2e-3 --ema 0.999 --budget-decay 0.1 --seed 12 $varied || exit
    if spent first "$first_s"; then
      [ -e "$WORK/first.safetensors" ] || training export --run "$WORK/first" --out "$WORK/first.safetensors"
      train large $((LARGE_S - first_s)) --from "$WORK/first.safetensors" $SIZE_LARGE --optimizer muon --lr 1e-3 --ema 0.999 --budget-decay 0.7 \
        --seed 13 $varied || exit
      publish large l --half
      ! spent large $((LARGE_S - first_s)) || examine --weights "$WORK/l.safetensors" --json "$out/l.json" --plot "$out/l.png"
    fi ;;
  *) echo "small, large or ablate, not $stage" >&2; exit 2 ;;
esac
say "$stage done"
