#!/usr/bin/env bash
# Training on a GPU that is lent for minutes: `benchmarks/train_on_gpu.sh ablate|small|large OUT SECONDS` from the repository's root, one after another on the same machine. Needs
# .gpu/corpus.npz (`python -m kasportsformer.training pack`) and a python3 with torch, numpy and scipy. weights/kasf-open-s.md says what
# came of it on 2026-11-25, when the capture of the graph failed (mended since, tested on CPUs only).
#
# Measured on an H100 (torch 2.11, bf16, batch 32): 3 layers x 128 take 9.1 ms of the GPU (a third of it attention), but 35 ms when
# Python starts their 2,800 kernels: hence --graph. So the official size should reach some 400 windows/s. Compiling takes 25 s.
set -uo pipefail
stage=$1 out=$2 seconds=${3:-150}
export PYTHONPATH=$PWD/models PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1 TORCHINDUCTOR_CACHE_DIR=/tmp/inductor
work=/tmp/runs corpus=.gpu/corpus.npz
mkdir -p "$work" "$out"
say() { printf '== %4d s  %s\n' "$SECONDS" "$*"; }
training() { python3 -m kasportsformer.training "$@"; }
train() { # NAME SECONDS more...: last lines of its output on the screen, exit code of the training
  local name=$1 budget=$2
  shift 2
  timeout $((budget + 120)) python3 -m kasportsformer.training train --corpus "$corpus" --run "$work/$name" --device cuda --compile --graph \
    --log-every 20 --save-every 2000 --budget-s "$budget" "$@" >"$work/$name.out" 2>&1
  local rc=$?
  say "$name rc $rc"
  tail -n 3 "$work/$name.out"
  return $rc
}
examine() { training evaluate --heldout "$work/heldout.npz" --device cuda "$@"; }
varied="--augment tumble=0.08 arms_up=0.06 turn_limb=0.10 mix_limbs=0.10 lean=0.12"
[ -e "$work/heldout.npz" ] || training heldout --corpus "$corpus" --out "$work/heldout.npz"

case $stage in
  ablate) # the small network whole, without bones, without limbs, without both: as many windows each, one after another
    for parts in none bones limbs "bones limbs"; do
      name="without-${parts// /-}" less=
      [ "$parts" = none ] || less="--without $parts"
      train "$name" $((seconds / 4)) --processes 14 --batch 32 --lr 1.5e-3 --steps 4000 --decay-from 2000 --decay-steps 2000 --budget-decay 0 $less
      examine --weights "$work/$name/last.pt" --json "$out/$name.json"
    done ;;
  small)
    train small "$seconds" --processes 14 --layers 5 --dim 96 --dim-rep 256 --num-heads 6 --batch 32 --lr 1.5e-3 --ema 0.9995 $varied
    training export --run "$work/small" --out "$out/small.safetensors" --meta name=kasf-open-s
    cp "$work/small/log.csv" "$out/small.csv"
    examine --weights "$out/small.safetensors" ;;
  large) # few layers first, then all 26
    first=$((seconds / 3)) size="--dim 128 --dim-rep 512 --num-heads 8 --batch 32 --ema 0.999"
    train first "$first" --processes 14 $size --layers 8 --lr 1e-3 --budget-decay 0 $varied
    training export --run "$work/first" --out "$work/first.safetensors"
    train large $((seconds - first)) --processes 14 --from "$work/first.safetensors" --layers 26 --batch 32 --ema 0.999 --lr 6e-4 $varied
    training export --run "$work/large" --out "$work/large.safetensors" --half --meta name=kasf-open-l
    split -b 15728640 "$work/large.safetensors" "$out/large."
    cp "$work/large/log.csv" "$out/large.csv"
    examine --weights "$work/large.safetensors" ;;
esac
say "$stage done"
