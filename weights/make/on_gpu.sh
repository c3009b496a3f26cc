#!/usr/bin/env bash
# How the weights of 2026-11-25 were trained on one NVIDIA H100: four stages, each with a time budget, run one after another on the same
# machine (`on_gpu.sh STAGE OUT`). Needs .gpu/corpus.npz (`python -m kasportsformer.training pack`) and a python3 with torch, numpy, scipy.
set -uo pipefail
stage=$1 out=$2 seconds=${3:-}
export PYTHONPATH=$PWD/models PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1 TORCHINDUCTOR_CACHE_DIR=/tmp/inductor
work=/tmp/runs corpus=.gpu/corpus.npz
mkdir -p "$work" "$out"
begun=$SECONDS
say() { printf '== %4d s  %s\n' $((SECONDS - begun)) "$*"; }
training() { python3 -m kasportsformer.training "$@"; }
train() { # NAME SECONDS PROCESSES more...
  local name=$1 budget=$2 processes=$3
  shift 3
  timeout $((budget + 90)) python3 -m kasportsformer.training train --corpus "$corpus" --run "$work/$name" --device cuda $compile \
    --processes "$processes" --log-every 20 --save-every 2000 --budget-s "$budget" "$@" >"$work/$name.out" 2>&1
  local rc=$?
  say "$name rc $rc"
  tail -n 3 "$work/$name.out"
  return $rc
}
compile=--compile
[ -e "$work/no-compile" ] && compile=
VARIED="tumble=0.08 arms_up=0.06 turn_limb=0.10 mix_limbs=0.10 lean=0.12"
SMALL="--layers 5 --dim 96 --dim-rep 256 --num-heads 6 --lr 1.5e-3 --ema 0.9995 --augment $VARIED"
LARGE="--dim 128 --dim-rep 512 --num-heads 8 --batch 32 --ema 0.999 --augment $VARIED"

case $stage in
  smoke)
    nvidia-smi --query-gpu=name,memory.used --format=csv,noheader; nproc; df -h /dev/shm | tail -1
    mount -o remount,size=24G /dev/shm || true
    training heldout --corpus "$corpus" --out "$work/heldout.npz" &
    timeout 100 python3 -c "
import torch
f = torch.compile(lambda x: torch.nn.functional.gelu(x * 2).sum())
x = torch.rand(99, 99, device='cuda', requires_grad=True)
f(x).backward()
print('compiles', float(x.grad.sum()), torch.__version__)" || { touch "$work/no-compile"; compile=; say "no compiler"; }
    (sleep 40; nvidia-smi --query-gpu=memory.used,utilization.gpu --format=csv,noheader) &
    train smoke-l 50 14 $LARGE --layers 26 --batch 128 --lr 8e-4
    cut -d, -f1,7,8 "$work/smoke-l/log.csv"
    export TORCHINDUCTOR_COMPILE_THREADS=4
    pids=()
    same="--layers 5 --dim 64 --dim-rep 256 --num-heads 4 --batch 64 --ema 0.998 --steps 1800 --decay-from 900 --decay-steps 900"
    train base 150 2 $same --lr 1.5e-3 --budget-decay 0 & pids+=($!)
    train no-bones 150 2 $same --lr 1.5e-3 --budget-decay 0 --without bones & pids+=($!)
    train no-limbs 150 2 $same --lr 1.5e-3 --budget-decay 0 --without limbs & pids+=($!)
    train neither 150 2 $same --lr 1.5e-3 --budget-decay 0 --without bones limbs & pids+=($!)
    train varied 150 2 $same --lr 1.5e-3 --budget-decay 0 --augment $VARIED & pids+=($!)
    wait "${pids[@]}"
    for name in base no-bones no-limbs neither varied; do
      training evaluate --weights "$work/$name/last.pt" --heldout "$work/heldout.npz" --device cuda --json "$work/$name.json" >"$work/$name.txt" 2>&1 &
    done
    wait
    for name in base no-bones no-limbs neither varied; do echo "$name"; grep -E "noise +(85|06\+09|all)|clean +(06\+|all)" "$work/$name.txt"; done
    tar czf "$out/ablations.tgz" -C "$work" --exclude='*.pt' --exclude='*.npz' . ;;
  tune) # which attention is faster when compiled
    for kind in fused summed; do KASF_ATTENTION=$kind timeout 110 python3 .gpu/tune.py $kind "$work" >"$work/tune-$kind.out" 2>&1 & done
    wait
    cat "$work"/tune-*.out
    best=$(cat "$work"/tuned-* | sort -n | head -1 | cut -d' ' -f2)
    echo "${best:-fused}" >"$work/attention"
    say "attention: $(cat "$work/attention")" ;;
  small)
    export KASF_ATTENTION=$(cat "$work/attention")
    train small "${seconds:-150}" 14 $SMALL --graph --batch 32 || { rm -f "$work/small/last.pt"; touch "$work/no-graph"; train small "${seconds:-150}" 14 $SMALL --batch 64; }
    training export --run "$work/small" --out "$out/small.safetensors" --half --meta name=kasf-open-s
    cp "$work/small/log.csv" "$out/small.csv"; cp "$work/small/config.json" "$out/small.json"
    training evaluate --weights "$out/small.safetensors" --heldout "$work/heldout.npz" --device cuda ;;
  large) # few layers first, then all 26
    export KASF_ATTENTION=$(cat "$work/attention")
    graph=--graph; [ -e "$work/no-graph" ] && graph=
    first=$((seconds * 35 / 100))
    train first "$first" 14 $LARGE $graph --layers 8 --lr 1e-3 --budget-decay 0
    training export --run "$work/first" --out "$work/first.safetensors"
    train large $((seconds - first)) 14 --from "$work/first.safetensors" $graph --layers 26 --batch 32 --ema 0.999 --lr 6e-4 --augment $VARIED
    training export --run "$work/large" --out "$work/large.safetensors" --half --meta name=kasf-open-l
    split -b 15728640 "$work/large.safetensors" "$out/large."
    cat "$work/first/log.csv" "$work/large/log.csv" >"$out/large.csv"; cp "$work/large/config.json" "$out/large.json"
    training evaluate --weights "$work/large.safetensors" --heldout "$work/heldout.npz" --device cuda ;;
  all)
    training heldout --corpus "$corpus" --out "$work/heldout.npz" &
    bash "$0" tune "$out"; bash "$0" small "$out" 125; bash "$0" large "$out" $((430 - SECONDS + begun))
    tar czf "$out/logs.tgz" -C "$out" --remove-files small.csv small.json large.csv large.json ;;
esac
say "$stage done"
