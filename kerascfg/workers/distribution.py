"""What a worker tells Keras of devices: who the others are, what is divided and how.

Keras keeps one distribution for a whole process, and so does this process nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod

from kerascfg.errors import RunError
from kerascfg.strategy.devices import Workers


def environment_of(workers: Workers, rank: int, deterministic: bool = False) -> dict[str, str]:
    """Return the variables that JAX reads when it starts, for one worker of this machine.

    Workers that share a machine share its GPUs in their order.

    Args:
        workers: the strategy's.
        rank: the number of the worker.
        deterministic: whether equal runs shall give equal numbers on a GPU too.
    """
    quiet = {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if workers.logical:
        return {**quiet, "JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": str(workers.devices)}
    first = workers.first + workers.here.index(rank) * workers.devices
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    visible = given.split(",") if given else list(map(str, range(first + workers.devices)))
    if deterministic:
        flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true"
        quiet["XLA_FLAGS"] = flags.strip()
    return {**quiet, "CUDA_VISIBLE_DEVICES": ",".join(visible[first : first + workers.devices])}


def meet(workers: Workers | None, layout: Mapping[str, tuple[str | None, ...]], rank: int) -> None:
    """Meet the other workers, and divide batches and variables from now on.

    Args:
        workers: how many there are and on which devices.
        layout: Keras's path of a variable -> the mesh axes that divide it.
        rank: the number of this worker.

    Raises:
        RunError: JAX has other devices here than the front hall was told.
    """
    import jax
    import keras
    import numpy as np

    assert workers is not None, "only a strategy with workers has any"
    if workers.count > 1:
        keras.distribution.initialize(workers.address, workers.count, rank)
    names = keras.distribution.list_devices()
    wanted = prod(workers.mesh.values())
    if len(names) < wanted or jax.local_device_count() < workers.devices:
        raise RunError(f"expected {wanted} devices of JAX. Received: {', '.join(names)}")
    sizes, axes = tuple(workers.mesh.values()), tuple(workers.mesh)
    mesh = keras.distribution.DeviceMesh(sizes, axes, np.array(names[:wanted]))
    if workers.layout:
        map_ = keras.distribution.LayoutMap(mesh)
        for path, divided in layout.items():
            map_[path] = divided
        made = keras.distribution.ModelParallel(layout_map=map_, batch_dim_name=axes[0])
    else:
        made = keras.distribution.DataParallel(mesh, auto_shard_dataset=False)
    keras.distribution.set_distribution(made)
