"""Check and build graphs of growing size: `python benchmarks/graphs.py --json FILE`.

For each number of nodes: seconds of CPU to check the composed config, to build the model, and the
ratio of building a node to building one of the smallest graph (1 = linear).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZES = (500, 1000, 2000, 4000)


def residual_chain(nodes: int) -> dict[str, Any]:
    """Return a model of that many nodes: two dense layers, an addition, a normalization, again."""
    layers: dict[str, Any] = {}
    for unit in range(nodes // 4):
        a, b = f"a{unit}", f"b{unit}"
        layers[a] = {"type": "Dense", "units": 8, "activation": "relu"}
        layers[b] = {"type": "Dense", "units": 8, "kernel_regularizer": {"type": "L2", "l2": 1e-4}}
        layers[f"add{unit}"] = {"type": "Add", "inputs": [a, b]}
        layers[f"norm{unit}"] = "LayerNormalization"
    return {"inputs": {"x": {"shape": [8]}}, "layers": layers}


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU time of a call."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Measure all sizes in one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()

    from kerascfg.model import build_model, check_model
    from kerascfg.quiet import start_tensorflow

    result: dict[str, dict[str, float]] = {
        str(size): {"check_s": seconds(lambda size=size: check_model(residual_chain(size)))}
        for size in SIZES
    }
    start_tensorflow()
    build_model(residual_chain(40), {})
    for size in SIZES:
        result[str(size)]["build_s"] = seconds(
            lambda size=size: build_model(residual_chain(size), {})
        )
    first = result[str(SIZES[0])]["build_s"] / SIZES[0]
    for size in SIZES:
        result[str(size)]["node_to_first"] = result[str(size)]["build_s"] / size / first
    text = json.dumps(result, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
