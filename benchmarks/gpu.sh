#!/usr/bin/env bash
# The full table on a machine with GPUs: which card, speed of training, equality of strategies.
#
#   benchmarks/gpu.sh [FOLDER]      # results go to FOLDER, by default gpu-results
#
# It needs TensorFlow and JAX with CUDA: pip install 'tensorflow[and-cuda]' 'jax[cuda12]'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out="${1:-gpu-results}"
mkdir -p "$out"

nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader | tee "$out/cards.txt"
count=$(wc -l <"$out/cards.txt")
python -m kerascfg doctor | tee "$out/doctor.txt"

python benchmarks/training.py --json "$out/training.json"
for precision in float32 bfloat16 float16; do
  python benchmarks/strategies.py --devices gpu --count "$count" --precision "$precision" \
    --json "$out/strategies_$precision.json"
done
python train.py strategy=gpu hydra.run.dir="$out/default" export=[]
